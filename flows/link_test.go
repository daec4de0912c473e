package flows_test

import (
	"strings"
	"testing"

	"olle/flows"
)

// joins links what one chat is to the other, with the code that the first one shows.
func joins(t *testing.T, r *flows.Rehearsal, shows, types flows.Address) string {
	t.Helper()
	return as(t, r, types, "/link "+shownCode.FindString(as(t, r, shows, "/link")))
}

// Whoever has a seat without having applied here (an observer, or an application by e-mail) keeps it when their chats become one.
func TestLinkingKeepsTheSeat(t *testing.T) {
	b := book(t)
	b.Organisers = []flows.Address{chair}
	for _, reverse := range []bool{false, true} {
		r := rehearse(t, b, "2020-02-03T09:00:00+09:00")
		who, other := flows.Address("telegram:77"), flows.Address("web:5")
		as(t, r, who, "hello")
		as(t, r, other, "hello")
		ref := flows.RefOf(r.Book.Current, strings.TrimPrefix(flows.PersonID(who), "person/"))
		as(t, r, chair, "/decide "+ref+" observer")
		as(t, r, chair, "/decide "+ref+" selected")
		release(t, r)
		if got := as(t, r, who, "/seat confirm"); !strings.Contains(got, "confirmed") {
			t.Fatal(got)
		}
		if reverse {
			joins(t, r, who, other)
		} else {
			joins(t, r, other, who)
		}
		for _, chat := range []flows.Address{who, other} {
			if got := as(t, r, chat, "/seat"); !strings.Contains(got, "confirmed") {
				t.Errorf("%s, reversed %v: %s", chat, reverse, got)
			}
		}
	}
}

// Of two deadlines of their own a person keeps the later one.
func TestLinkingKeepsTheLaterDeadline(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-13T09:00:00+09:00")
	apply(t, r, "Kathmandu")
	lateCode(t, r, "LATEABCD", "", "2020-02-16T18:00:00+09:00", 1)
	lateCode(t, r, "LATEEFGH", "", "2020-02-20T18:00:00+09:00", 1)
	say(t, r, "/code LATEABCD")
	as(t, r, "web:5", "/code LATEEFGH")
	joins(t, r, "web:5", guest)
	if got := say(t, r, "/deadline"); !strings.Contains(got, "20 Feb") {
		t.Error(got)
	}
}

// Who has handed an evaluation in and is in the middle of another, in another chat, has handed in one: the other is not kept under their name.
func TestLinkingKeepsTheEvaluationAnonymous(t *testing.T) {
	b := book(t)
	b.Organisers = []flows.Address{chair}
	for _, reverse := range []bool{false, true} {
		r := rehearse(t, b, "2020-03-20T09:00:00+09:00")
		for _, one := range [][2]string{
			{"session.concepts", "2020-03-31 09:00-10:30 | lecture | Introducing the 3P Approach | Hall A | Tim Howe, Masako Ueda"},
			{"session.identify", "2020-03-31 11:00-12:30 | exercise | Victim Identification | Hall A | Sebastian Boll"},
			{"session.exchange", "2020-04-02 09:00-10:30 | lecture | Data and Information Exchange | Hall A | Tim Howe"},
		} {
			arrange(t, r, one[0], one[1])
		}
		clockTo(t, r, "2020-04-03 16:00")
		first, second := flows.Address("telegram:77"), flows.Address("web:5")
		as(t, r, first, "/feedback", "I agree")
		as(t, r, first, evaluation(1)[1:]...)
		as(t, r, second, "/feedback", "I agree")
		other := evaluation(2)
		as(t, r, second, other[1], other[2])
		if reverse {
			joins(t, r, first, second)
		} else {
			joins(t, r, second, first)
		}
		as(t, r, second, other[3:]...)
		for _, d := range list(t, r, "person/") {
			if s := string(d.Data); strings.Contains(s, "remark") || strings.Contains(s, `"evaluation":{`) {
				t.Errorf("reversed %v: kept with the person: %s", reverse, s)
			}
		}
		if sheets, err := flows.LoadSheets(r, r.Book.Current.ID, "evaluation"); err != nil || len(sheets) != 1 {
			t.Errorf("reversed %v: %d sheets, %v", reverse, len(sheets), err)
		}
	}
}
