package wire

import "strconv"

// Media describes one attachment. Size is in bytes, 0 if unknown.
type Media struct {
	URL      string `json:"url"`
	Kind     string `json:"kind"`
	MIME     string `json:"mime"`
	Size     int64  `json:"size"`
	Filename string `json:"filename"`
	Caption  string `json:"caption"`
}

// mediaOf reads the attachments that have a url; anything else in the list is dropped.
func mediaOf(items [][]byte) []Media {
	var media []Media
	for _, item := range items {
		if !isObject(item) {
			continue
		}
		o := splitObject(item)
		if url, _ := o.get("url"); !isString(url) {
			continue
		}
		media = append(media, Media{
			URL:      o.text("url"),
			Kind:     o.text("kind"),
			MIME:     o.text("mime"),
			Size:     sizeOf(o),
			Filename: o.text("filename"),
			Caption:  o.text("caption"),
		})
	}
	return dropUnlinked(media)
}

// dropUnlinked removes the attachments without a url, in place.
func dropUnlinked(media []Media) []Media {
	kept := media[:0]
	for _, m := range media {
		if m.URL != "" {
			kept = append(kept, m)
		}
	}
	return kept
}

func sizeOf(o object) int64 {
	raw, _ := o.get("size")
	n, _ := strconv.ParseInt(string(raw), 10, 64)
	return n
}

// MediaTypes returns the MIME types of the attachments, one for each of MediaURLs in their
// order, "" if unknown. Types are found by url: Media may be in another order, and the last
// entry of a url counts.
func (e *Event) MediaTypes() []string {
	types := make([]string, len(e.MediaURLs))
	for i, url := range e.MediaURLs {
		for _, m := range e.Media {
			if m.URL == url {
				types[i] = m.MIME
			}
		}
	}
	return types
}

func (m *Media) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"url":`...)
	dst = appendString(dst, m.URL)
	for _, f := range [...]field{
		{"kind", m.Kind}, {"mime", m.MIME}, {"filename", m.Filename}, {"caption", m.Caption},
	} {
		if f.value != "" {
			dst = appendMember(dst, f.key, f.value)
		}
	}
	if m.Size != 0 {
		dst = append(dst, `,"size":`...)
		dst = strconv.AppendInt(dst, m.Size, 10)
	}
	return append(dst, '}')
}
