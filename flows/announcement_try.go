package flows

// Preview is an announcement as its readers get it; in a channel it has no buttons.
func (n Announcement) Preview(e *Event) Message { return n.message(e.Texts["en"], n.To == "") }

// try sends the announcement to the organiser who asks, as its readers would get it, and to nobody else.
func (t *announcementTurn) try() error {
	if t.From == "" || t.From == Operator {
		return nil
	}
	shown := t.it
	shown.Read = false // there is nobody to be counted
	m := shown.message(t.event.Texts["en"], true)
	m.To, m.Bulk = t.From, false
	t.out.Messages = append(t.out.Messages, m)
	t.note("announcement tried")
	return nil
}
