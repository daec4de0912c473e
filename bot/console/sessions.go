package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"olle/flows"
)

// openSession is one line of the list.
type openSession struct {
	flows.SignIn
	ID         string // digest of its cookie, which opens nothing
	Mine, This bool
}

// sessions lists the browsers that are signed in: one's own, and for an admin everybody's.
func (v *visit) sessions() error {
	all, err := v.openSessions()
	if err != nil {
		return err
	}
	return v.show("sessions", "Sessions", all)
}

func (v *visit) openSessions() ([]openSession, error) {
	docs, err := v.c.opt.Store.List(v.r.Context(), flows.SignInKey(""), "", 1000)
	if err != nil {
		return nil, fmt.Errorf("console: list sessions: %w", err)
	}
	var all []openSession
	for _, d := range docs {
		s := openSession{ID: strings.TrimPrefix(d.Key, flows.SignInKey(""))}
		if json.Unmarshal(d.Data, &s.SignIn) != nil || !v.now.Before(s.Until) {
			continue
		}
		s.Mine, s.This = s.Person == v.session.Person && s.By == v.session.By, s.ID == v.digest
		if s.Mine || v.May(flows.MayAdmin) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b openSession) int { return cmp.Or(b.Born.Compare(a.Born), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

// endSession ends one session of the list. One that is not in it looks like one that has ended.
func (v *visit) endSession() error {
	all, err := v.openSessions()
	if err != nil {
		return err
	}
	id := v.r.PostFormValue("id")
	i := slices.IndexFunc(all, func(s openSession) bool { return s.ID == id })
	if i < 0 {
		return v.to("/sessions", "ended")
	}
	if all[i].This {
		return v.leave()
	}
	if _, err := v.do(flows.Update{Subject: flows.SignInKey(id), Call: "signin/end"}); err != nil {
		return err
	}
	return v.to("/sessions", "ended")
}

// endMine ends all of one's own sessions but this one.
func (v *visit) endMine() error {
	all, err := v.openSessions()
	if err != nil {
		return err
	}
	for _, s := range all {
		if !s.Mine || s.This {
			continue
		}
		if _, err := v.doPart("/"+s.ID, flows.Update{Subject: flows.SignInKey(s.ID), Call: "signin/end"}); err != nil {
			return err
		}
	}
	return v.to("/sessions", "ended-mine")
}
