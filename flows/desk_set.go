package flows

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// What organisers set of the help desk while the event runs.

// isDeskKey says whether a settable key is the help desk's.
func isDeskKey(key string) bool {
	switch key {
	case "help.desk", "help.office", "help.escalate":
		return true
	}
	return cannedKey.MatchString(key)
}

var (
	cannedKey   = regexp.MustCompile(`^help\.canned\.[a-z0-9_-]{1,32}$`)
	deskAddress = regexp.MustCompile(`^[a-z]+:[^\s,]+$`)
)

func (o *Override) applyDesk(h *HelpDesk) {
	h.Desks = append(slices.Clone(h.Desks), o.Desks...)
	if o.Office != nil {
		h.Office = *o.Office
	}
	if o.Escalate != nil {
		h.Escalate = *o.Escalate
	}
	canned := map[string]string{}
	for _, from := range []map[string]string{h.Canned, o.Canned} {
		for name, text := range from {
			if canned[name] = text; text == "" {
				delete(canned, name)
			}
		}
	}
	h.Canned = canned
}

// get returns a setting of the desk as it stands, as it is written.
func (h HelpDesk) get(key string) string {
	switch key {
	case "help.desk":
		return strings.Join(addresses(h.Desks), ",")
	case "help.office":
		return h.Office.String()
	case "help.escalate":
		return h.Escalate.String()
	}
	return h.Canned[strings.TrimPrefix(key, "help.canned.")]
}

// setDesk changes a setting. The desks are a list with commas; "+ADDRESS" adds one and "-ADDRESS" takes one away, so that two
// organisers who do so at once do not undo each other.
func (o *Override) setDesk(now HelpDesk, key, value string) error {
	switch key {
	case "help.desk":
		return o.setDesks(now.Desks, strings.TrimSpace(value))
	case "help.office":
		office, err := ParseOffice(value)
		if err != nil {
			return err
		}
		o.Office = &office
	case "help.escalate":
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return fmt.Errorf("flows: %q is no span of time: write 9h, or 0 for never", value)
		}
		o.Escalate = &d
	default:
		if o.Canned == nil {
			o.Canned = map[string]string{}
		}
		o.Canned[strings.TrimPrefix(key, "help.canned.")] = strings.TrimSpace(value)
	}
	return nil
}

func (o *Override) setDesks(now []Address, value string) error {
	desks := []Address{}
	if rest, adds := strings.CutPrefix(value, "+"); adds {
		desks, value = slices.Clone(now), rest
	} else if rest, drops := strings.CutPrefix(value, "-"); drops {
		o.Desks = slices.DeleteFunc(append(desks, now...), func(a Address) bool { return string(a) == rest })
		return nil
	}
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		switch {
		case part == "" || slices.Contains(desks, Address(part)):
		case len(part) > 120 || !deskAddress.MatchString(part):
			return fmt.Errorf("flows: %q is no address of a group or channel: write telegram:-100123, discord:c123, or type /ticket here in the group", part)
		default:
			desks = append(desks, Address(part))
		}
	}
	o.Desks = desks
	return nil
}

func addresses(all []Address) []string {
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = string(a)
	}
	return names
}

// at says whether a chat is one of the desks: the group itself, or a topic in it.
func (h HelpDesk) at(chat Address) bool {
	return slices.ContainsFunc(h.Desks, func(d Address) bool { return chat == d || strings.HasPrefix(string(chat), string(d)+"/") })
}
