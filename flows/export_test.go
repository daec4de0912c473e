package flows

import "fmt"

// Decide plays and commits an update, and leaves the posts and the work it causes to the test: with a bot other turns may come before them.
func (r *Rehearsal) Decide(u Update) (Outcome, error) {
	r.count++
	u.ID, u.Sent, u.At = fmt.Sprintf("decided/%d", r.count), r.Now, r.Now
	out, err := r.Book.Play(u, r)
	if err == nil {
		r.commit(u, out)
	}
	return out, err
}

// Absorb makes one person another, as linking does, with what the turn wants.
func (r *Rehearsal) Absorb(keep, gone *Person) Outcome {
	t := &Turn{Update: Update{ID: "link", At: r.Now, Chat: "web:here"}, Book: r.Book, Event: r.Book.Current, src: r}
	t.absorb(keep, gone)
	return t.out
}
