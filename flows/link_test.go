package flows_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

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

// linked says of every field of a person what becomes of it when two persons become one: "merged" where what the one who goes had is not lost,
// "kept" where only who stays can have it (or is known by it), "dropped" where nobody would miss it.
var linked = map[string]string{
	"Addresses": "merged", "Away": "merged", "Rights": "merged", "Joined": "merged", "Home": "merged", "Seen": "merged",
	"Forms": "merged", "Consent": "merged", "Talk": "merged", "Zone": "merged", "Language": "merged", "Sheets": "merged", "Handed": "merged",
	"Late": "merged", "Links": "merged",
	"Quiet": "merged", "Fewer": "merged", "Night": "merged", "Snoozed": "merged",
	"Heard": "merged", "Told": "merged", "Programme": "merged", "Announced": "merged",
	"Quizzes": "merged", "Studies": "merged", "Hosting": "merged",
	"Help": "merged", "Asking": "merged", "Attended": "merged", "Certificate": "merged", "Uncertified": "merged", "Apart": "merged",

	"ID": "kept", "Ref": "kept", "Born": "kept",
	"Began": "kept", "Items": "kept", "Loose": "kept", "Attached": "kept", "Mailed": "kept", "Seat": "kept", "Cohort": "kept",

	"Day": "dropped", "DayFiles": "dropped", // limits, and what was typed last
	"Wrong": "dropped", "WrongSince": "dropped", "Misses": "dropped", "Last": "dropped",
}

func TestLinkingForgetsNothing(t *testing.T) {
	r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
	keep, gone := &flows.Person{ID: "person/keep", Forms: map[string]*flows.Record{}}, &flows.Person{}
	fill(reflect.ValueOf(gone).Elem(), "", r.Now.Add(time.Hour), 4)
	gone.ID, gone.Apart = "person/gone", []string{"meet/other"}
	before := *keep
	out := r.Absorb(keep, gone)
	was, now := reflect.ValueOf(before), reflect.ValueOf(*keep)
	for i := range now.NumField() {
		name := now.Type().Field(i).Name
		switch same := reflect.DeepEqual(was.Field(i).Interface(), now.Field(i).Interface()); linked[name] {
		case "merged":
			if same && name != "Forms" || name == "Forms" && len(keep.Forms) == 0 {
				t.Errorf("%s is lost", name)
			}
		case "kept", "dropped":
			if !same {
				t.Errorf("%s is %v now", name, now.Field(i))
			}
		default:
			t.Errorf("say what becomes of %s when two persons become one", name)
		}
	}
	if len(linked) != now.NumField() {
		t.Errorf("%d of %d fields", len(linked), now.NumField())
	}
	if !slices.ContainsFunc(out.Alarms, func(a flows.Alarm) bool { return a.Call == "reminders/wake" && a.At.Equal(gone.Snoozed) }) {
		t.Error("nothing ends the pause")
	}
}

// fill puts something into everything, down to a depth.
func fill(v reflect.Value, name string, at time.Time, depth int) {
	if depth == 0 {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(name)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name, at, depth)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), name, at, depth-1)
	case reflect.Map:
		one := reflect.New(v.Type().Elem()).Elem()
		fill(one, name, at, depth-1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), one)
	case reflect.Struct:
		if _, ok := v.Interface().(time.Time); ok {
			v.Set(reflect.ValueOf(at))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), v.Type().Field(i).Name, at, depth-1)
		}
	}
}

// A pause asked for in one chat holds for all of them, whichever of the two persons stays.
func TestLinkingKeepsThePause(t *testing.T) {
	for _, reverse := range []bool{false, true} {
		r := rehearse(t, book(t), "2020-02-03T09:00:00+09:00")
		apply(t, r, "Kathmandu")
		if got := as(t, r, "web:5", "/reminders 2 days"); !strings.Contains(got, "5 Feb") {
			t.Fatal(got)
		}
		if reverse {
			joins(t, r, guest, "web:5")
		} else {
			joins(t, r, "web:5", guest)
		}
		if got := say(t, r, "/reminders"); !strings.Contains(got, "5 Feb") {
			t.Errorf("reversed %v: %s", reverse, got)
		}
	}
}
