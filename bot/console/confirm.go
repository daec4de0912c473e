package console

// question is what is asked before something that cannot be undone, or that concerns everybody. Yes sends the form again, with sure.
type question struct {
	Path   string // where the form goes, and under Back who says no
	Back   string
	Facts  [][2]string // what it is about
	Text   string      // what follows from it
	Fields [][2]string // of the form
	Yes    string
	No     string
	Last   bool // it cannot be undone
}

// sure says whether the question was answered with yes.
func (v *visit) sure() bool { return v.r.PostFormValue("sure") == "yes" }

// ask shows the question.
func (v *visit) ask(title string, q question) error { return v.show("confirm", title, q) }
