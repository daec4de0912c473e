package console

import (
	"fmt"
	"net/http"
	"strings"

	"olle/flows"
)

// recipientsPage is the ledger, or those who have not read.
type recipientsPage struct {
	ID     string
	List   []flows.Recipient
	Next   string
	Unread []string
	Only   bool
}

// recipients shows who got an announcement, and who has not said that they read it.
func (v *visit) recipients() error {
	r, err := v.report()
	if err != nil {
		return err
	}
	p := recipientsPage{ID: r.ID, Only: v.r.URL.Query().Get("only") == "unread"}
	if p.Only {
		p.Unread, err = flows.Unread(v.event, v.source(), r.ID)
	} else {
		after := v.r.URL.Query().Get("after")
		if after != "" {
			after = "sent/" + r.ID + "/" + after
		}
		p.List, p.Next, err = flows.Recipients(v.event, v.source(), r.ID, after, pageSize)
		p.Next = strings.TrimPrefix(p.Next, "sent/"+r.ID+"/")
	}
	if err != nil {
		return fmt.Errorf("console: the ledger: %w", err)
	}
	return v.show("recipients", "Who got it", p)
}

// countAudience says how many the form's audience reaches, for a form that is being filled.
func (v *visit) countAudience() error {
	f := formOf(v.r.URL.Query())
	text := ""
	a, err := flows.ParseAudience(v.event, f.audience())
	if err != nil {
		text = strings.TrimPrefix(err.Error(), "flows: ") + "."
	} else {
		n, err := v.count(a)
		if err != nil {
			return err
		}
		text = fmt.Sprintf("%d people", n.People)
		if n.Cut > 0 {
			text += fmt.Sprintf(", and %d who cannot be reached any more", n.Cut)
		}
	}
	v.rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	v.rw.WriteHeader(http.StatusOK)
	_, _ = v.rw.Write([]byte(text))
	return nil
}
