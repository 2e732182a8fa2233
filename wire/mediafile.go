package wire

// MaxMedia bounds one media file in bytes, for upload and download.
const MaxMedia = 25 << 20

// MediaFilenameHeader carries the name of a file that is uploaded.
const MediaFilenameHeader = "X-Media-Filename"

// AppendMediaID appends a connector's answer to an upload to dst.
func AppendMediaID(dst []byte, id string) []byte {
	return append(appendString(append(dst, `{"id":`...), id), '}')
}

// DecodeMediaID reads the answer. The error is a *BodyError.
func DecodeMediaID(body []byte) (string, error) {
	const name = "a media id"
	o, err := parseBody(name, body)
	if err != nil {
		return "", err
	}
	if err := o.need(name, len(body), "id"); err != nil {
		return "", err
	}
	return o.word("id"), nil
}
