package flows

import (
	"iter"
	"strings"
)

// each goes through the documents under a prefix. An error ends it.
func each(src Source, prefix string) iter.Seq2[Doc, error] {
	const page = 1000
	return func(yield func(Doc, error) bool) {
		for after := ""; ; {
			docs, err := src.List(prefix, after, page)
			if err != nil {
				yield(Doc{}, err)
				return
			}
			for _, d := range docs {
				if !yield(d, nil) {
					return
				}
			}
			if len(docs) < page {
				return
			}
			after = docs[len(docs)-1].Key
		}
	}
}

// every visits what the documents under a prefix say, by the rest of their keys. One that cannot be read ends it.
func every[T any](src Source, prefix string, visit func(name string, v T)) error {
	for d, err := range each(src, prefix) {
		var v T
		if err == nil {
			err = decode(d, &v)
		}
		if err != nil {
			return err
		}
		visit(strings.TrimPrefix(d.Key, prefix), v)
	}
	return nil
}

// readable visits them likewise, but for those that cannot be read.
func readable[T any](src Source, prefix string, visit func(name string, v T)) error {
	for d, err := range each(src, prefix) {
		if err != nil {
			return err
		}
		var v T
		if decode(d, &v) == nil {
			visit(strings.TrimPrefix(d.Key, prefix), v)
		}
	}
	return nil
}
