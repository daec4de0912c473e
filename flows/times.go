package flows

import "time"

// moment prints an instant in the event's zone and, where it differs, in the reader's: "Mon 3 Feb, 14:02 KST (10:47 your time)". How
// a date looks is the language's: the texts under "format." are layouts of package time.
func (t *Turn) moment(at time.Time) string {
	return at.In(t.Event.Zone).Format(t.Text("format.moment")) + " " + t.Event.ZoneTag + t.local(at)
}

// local prints an instant in the reader's zone, with a blank and in brackets; "" where it is unknown or the same.
func (t *Turn) local(at time.Time) string {
	reader := t.zone()
	if reader == nil {
		return ""
	}
	here, there := at.In(t.Event.Zone), at.In(reader)
	_, a := here.Zone()
	_, b := there.Zone()
	if a == b {
		return ""
	}
	layout := "format.moment"
	if here.YearDay() == there.YearDay() {
		layout = "format.clock"
	}
	return " (" + t.Text("common.your_time", "time", there.Format(t.Text(layout))) + ")"
}

// left prints how long it is until something: "11 days", "5 hours", "40 minutes". Rounded down, so that nobody is told too much.
func (t *Turn) left(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return t.Text("span.days", "n", int(d/(24*time.Hour)))
	case d >= 2*time.Hour:
		return t.Text("span.hours", "n", int(d/time.Hour))
	case d >= 2*time.Minute:
		return t.Text("span.minutes", "n", int(d/time.Minute))
	}
	return t.Text("span.moment")
}
