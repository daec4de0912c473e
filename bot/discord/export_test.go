package discord

import (
	"encoding/json"
	"time"

	"olle/flows"
)

// Decode makes an update of an event's data, if it is one.
func Decode(kind string, data []byte) (flows.Update, bool) {
	switch kind {
	case "MESSAGE_CREATE":
		var m message
		if json.Unmarshal(data, &m) == nil {
			return m.update("900000000000000001")
		}
	case "MESSAGE_UPDATE":
		var m message
		if json.Unmarshal(data, &m) == nil {
			return m.edited()
		}
	case "INTERACTION_CREATE":
		var i interaction
		if json.Unmarshal(data, &i) == nil {
			return i.update()
		}
	case "GUILD_MEMBER_ADD":
		var j joined
		if json.Unmarshal(data, &j) == nil {
			return j.update()
		}
	}
	return flows.Update{}, false
}

// Hurry shortens the waits of a Discord for tests: the hold before an interaction is deferred, and everything about connections.
func (d *Discord) Hurry(hold time.Duration) {
	d.pace = pace{hold: hold, watch: 500 * time.Millisecond, invalid: [2]time.Duration{time.Millisecond, 5 * time.Millisecond}, retry: 5 * time.Millisecond, start: time.Millisecond, patience: 100 * time.Millisecond}
}

// Patience sets for how long a session is resumed whatever the network does.
func (d *Discord) Patience(patience time.Duration) { d.pace.patience = patience }

// Away sets after what time without a session Trouble speaks.
func (d *Discord) Away(after time.Duration) { d.pace.away = after }

// Space sets the time between two identifies.
func (d *Discord) Space(start time.Duration) { d.pace.start = start }

var (
	Split = split
	Cut   = cut
)
