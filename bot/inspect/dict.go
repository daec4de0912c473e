package inspect

import "strconv"

// dict follows the outermost dictionary of an object: which key is waiting for its value.
type dict struct {
	depth int
	key   string
}

// nest opens or closes a dictionary or array; true when the outermost was closed.
func (d *dict) nest(k token) bool {
	d.key = ""
	if k == tokenOpen {
		d.depth++
		return false
	}
	d.depth = max(d.depth-1, 0)
	return d.depth == 0
}

func (d *dict) name(o *object, text []byte) {
	switch {
	case d.depth != 1:
	case d.key == "Type":
		o.kind, d.key = string(text), ""
	case d.key != "":
		d.key = ""
	default:
		d.key = string(text)
		o.parent = o.parent || d.key == "Parent"
		o.linear = o.linear || d.key == "Linearized"
	}
}

func (d *dict) word(o *object, text []byte) {
	if d.depth == 1 && d.key != "" {
		switch n, err := strconv.ParseInt(string(text), 10, 64); {
		case err != nil:
		case d.key == "Count" && n < 1<<31:
			o.count = int(n)
		case d.key == "L":
			o.length = n
		case d.key == "N":
			o.n = n
		case d.key == "First":
			o.first = n
		}
		d.key = ""
	}
}
