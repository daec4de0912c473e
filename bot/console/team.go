package console

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"olle/flows"
)

// member is one organiser.
type member struct {
	Name      string
	Person    *flows.Person
	Rights    []string
	ByOlle    bool // named in the server's settings: nobody can change that here
	Addresses string
	Me        bool
}

// Has says whether the member holds a right by name.
func (m member) Has(right string) bool { return slices.Contains(m.Rights, right) }

// invitation is a code nobody has redeemed yet. The code itself is shown once, to who made it.
type invitation struct {
	ID        string // digest of the code
	Right, By string
	Until     time.Time
	code      string
}

type teamPage struct {
	Members     []member
	Invitations []invitation
	Rights      [][2]string
	Code, Right string // just made
}

// rightWords says what each right lets its holder do.
var rightWords = [][2]string{
	{flows.MayRead, "see lists, people and figures"},
	{flows.MaySend, "announcements, answers to help requests"},
	{flows.MayDecide, "accept documents, score, decide"},
	{flows.MayDocuments, "open applicants' files, export"},
	{flows.MayAdmin, "everything, and who is in the team"},
}

func (v *visit) team() error {
	p, err := v.teamPage()
	if err != nil {
		return err
	}
	return v.show("team", "Team", p)
}

func (v *visit) teamPage() (teamPage, error) {
	page := teamPage{Rights: rightWords}
	all, err := v.c.people.all(v.r.Context())
	if err != nil {
		return page, err
	}
	names := map[string]bool{}
	for _, r := range all {
		if len(r.Rights) > 0 {
			names["person/"+r.Name] = true
		}
	}
	for _, a := range v.c.opt.Book.Organisers {
		var at flows.Identity
		if err := v.c.load(v.r.Context(), "at/"+string(a), &at); err != nil {
			return page, err
		}
		if at.Person != "" {
			names[at.Person] = true
		}
	}
	for name := range names {
		p := &flows.Person{}
		if err := v.c.load(v.r.Context(), name, p); err != nil {
			return page, err
		}
		rights := v.c.opt.Book.RightsOf(p)
		if p.ID == "" || len(rights) == 0 {
			continue
		}
		m := member{Name: flows.PersonName(name), Person: p, Rights: rights, Me: name == v.session.Person}
		for _, a := range p.Addresses {
			m.ByOlle = m.ByOlle || slices.Contains(v.c.opt.Book.Organisers, a)
		}
		m.Addresses = strings.Trim(fmt.Sprint(p.Addresses), "[]")
		page.Members = append(page.Members, m)
	}
	slices.SortFunc(page.Members, func(a, b member) int { return cmp.Compare(a.Person.Ref, b.Person.Ref) })
	page.Invitations, err = v.invitations()
	return page, err
}

func (v *visit) invitations() ([]invitation, error) {
	docs, err := v.c.opt.Store.List(v.r.Context(), "code/", "", readPage)
	if err != nil {
		return nil, fmt.Errorf("console: list invitations: %w", err)
	}
	var all []invitation
	for _, d := range docs {
		var c flows.Code
		if json.Unmarshal(d.Data, &c) == nil && c.Kind == "invite" {
			code := strings.TrimPrefix(d.Key, "code/")
			all = append(all, invitation{ID: hexOf("olle invitation " + code), Right: c.Right, By: c.By, Until: d.Until, code: code})
		}
	}
	slices.SortFunc(all, func(a, b invitation) int { return a.Until.Compare(b.Until) })
	return all, nil
}

const inviteDays = 7

// invite makes a code. It is rolled from the form's own name and the session's secret, so that a form sent twice shows the same one.
func (v *visit) invite() error {
	right := v.r.PostFormValue("right")
	id, ok := v.once()
	if !ok || !slices.Contains(flows.Rights(), right) {
		return errBadForm
	}
	roll, _ := hex.DecodeString(hexOf("olle invite " + v.token + id))
	code := flows.CodeFrom(binary.LittleEndian.Uint64(roll))
	_, err := v.do(flows.Update{Subject: "event/" + v.event.ID, Call: "event/code", Args: flows.Must(flows.CodeArgs{
		Code: code, Until: v.now.Add(inviteDays * 24 * time.Hour), What: flows.Code{Kind: "invite", Right: right, By: v.session.By}})})
	if err != nil {
		return err
	}
	p, err := v.teamPage()
	if err != nil {
		return err
	}
	p.Code, p.Right = code[:4]+"-"+code[4:], right
	return v.render(http.StatusOK, "team", sheet{visit: v, Title: "Team", Data: p})
}

// withdraw makes an invitation worthless.
func (v *visit) withdraw() error {
	all, err := v.invitations()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(i invitation) bool { return i.ID == v.r.PostFormValue("id") })
	if i < 0 {
		return v.to("/team", "gone")
	}
	_, err = v.do(flows.Update{Subject: "event/" + v.event.ID, Call: "event/code",
		Args: flows.Must(flows.CodeArgs{Code: all[i].code, What: flows.Code{Kind: "invite", Right: all[i].Right}})})
	if err != nil {
		return err
	}
	return v.to("/team", "withdrawn")
}

// setRights gives a member other rights; none of them ends the membership.
func (v *visit) setRights() error {
	p, err := v.person()
	if err != nil {
		return err
	}
	var rights []string
	for _, r := range flows.Rights() {
		if slices.Contains(v.r.PostForm["right"], r) {
			rights = append(rights, r)
		}
	}
	if len(v.c.opt.Book.RightsOf(p)) == 0 {
		return errNotFound // people come into the team by invitation only
	}
	if _, err := v.do(flows.Update{Subject: p.ID, Call: "person/rights", Args: flows.Must(rights)}); err != nil {
		return err
	}
	return v.to("/team", "rights")
}
