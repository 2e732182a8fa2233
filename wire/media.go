package wire

import (
	"iter"
	"strconv"
)

// Media describes one attachment. Size is in bytes, 0 if unknown.
type Media struct {
	URL      string `json:"url"`
	Kind     string `json:"kind"`
	MIME     string `json:"mime"`
	Size     int64  `json:"size"`
	Filename string `json:"filename"`
	Caption  string `json:"caption"`
}

// mediaOf reads the attachments that have a url; anything else in the list takes no memory.
func mediaOf(list iter.Seq[[]byte]) []Media {
	media := make([]Media, 0, count(list, isLinked))
	for item := range list {
		if !isLinked(item) {
			continue
		}
		media = append(media, Media{
			URL:      text(find(item, "url")),
			Kind:     text(find(item, "kind")),
			MIME:     text(find(item, "mime")),
			Size:     sizeOf(find(item, "size")),
			Filename: text(find(item, "filename")),
			Caption:  text(find(item, "caption")),
		})
	}
	return clip(media)
}

func isLinked(item []byte) bool {
	url := find(item, "url")
	return isString(url) && truthy(url)
}

func sizeOf(raw []byte) int64 {
	if len(raw) == 0 {
		return 0 // the error would take memory
	}
	n, _ := strconv.ParseInt(string(raw), 10, 64)
	return n
}

// MediaTypes returns the MIME types of the attachments, one for each of its MediaURLs in their
// order, "" if unknown. Types are found by url: Media may be in another order, and the last
// entry of a url counts.
func (e *Event) MediaTypes() []string {
	x := e.Extras()
	types := make([]string, len(x.MediaURLs))
	if len(types) == 0 || len(x.Media) == 0 {
		return types
	}
	byURL := make(map[string]string, len(x.Media))
	for i := range x.Media {
		byURL[x.Media[i].URL] = x.Media[i].MIME
	}
	for i, url := range x.MediaURLs {
		types[i] = byURL[url]
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
