package flows

// calendar hands out the dates for the person's own calendar: the deadline while it is to come, the programme once there is one or
// nothing else is left to wait for. Who has a deadline of their own is told it in words; the file has everybody's.
func calendar(t *Turn, _ string) {
	over, own := t.late(t.At), !t.closes().Equal(t.Event.Deadline)
	if !over && !own {
		t.Say("calendar.deadline")
		t.Give(t.Event.CalendarFile("deadline", t.texts.Language))
	}
	if over || own || len(t.Event.Sessions) > 0 {
		t.flush()
		t.Say("calendar.programme")
		t.Give(t.Event.CalendarFile("programme", t.texts.Language))
	}
	if t.top() != nil {
		t.flush()
		t.asked = true
	}
}
