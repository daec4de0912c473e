package flows

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// What organisers set of the help desk while the event runs.

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

func getCanned(e *Event, key string) (string, error) {
	if !cannedKey.MatchString(key) {
		return "", fmt.Errorf("flows: %q cannot be a prepared answer: write help.canned. and at most 32 lower-case letters, digits, - and _", key)
	}
	return e.Help.Canned[strings.TrimPrefix(key, "help.canned.")], nil
}

func setCanned(o *Override, _ *Event, key, value string, _ time.Time) (string, error) {
	if o.Canned == nil {
		o.Canned = map[string]string{}
	}
	o.Canned[strings.TrimPrefix(key, "help.canned.")] = strings.TrimSpace(value)
	return value, nil
}

func getEscalate(e *Event, _ string) (string, error) { return e.Help.Escalate.String(), nil }

func setEscalate(o *Override, _ *Event, _, value string, _ time.Time) (string, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		return "", fmt.Errorf("flows: %q is no span of time: write 9h, or 0 for never", value)
	}
	o.Escalate = &d
	return value, nil
}

func getOffice(e *Event, _ string) (string, error) { return e.Help.Office.String(), nil }

func setOffice(o *Override, _ *Event, _, value string, _ time.Time) (string, error) {
	office, err := ParseOffice(value)
	if err != nil {
		return "", err
	}
	o.Office = &office
	return value, nil
}

func getDesks(e *Event, _ string) (string, error) {
	return strings.Join(addresses(e.Help.Desks), ","), nil
}

// setDesks sets the list of desks, with commas; "+ADDRESS" adds one and "-ADDRESS" takes one away, so that two organisers who do so at
// once do not undo each other.
func setDesks(o *Override, now *Event, _, given string, _ time.Time) (string, error) {
	desks, value := []Address{}, strings.TrimSpace(given)
	if rest, adds := strings.CutPrefix(value, "+"); adds {
		desks, value = slices.Clone(now.Help.Desks), rest
	} else if rest, drops := strings.CutPrefix(value, "-"); drops {
		o.Desks = slices.DeleteFunc(append(desks, now.Help.Desks...), func(a Address) bool { return string(a) == rest })
		return given, nil
	}
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		switch {
		case part == "" || slices.Contains(desks, Address(part)):
		case len(part) > 120 || !deskAddress.MatchString(part):
			return "", fmt.Errorf("flows: %q is no address of a group or channel: write telegram:-100123, discord:c123, or type /ticket here in the group", part)
		default:
			desks = append(desks, Address(part))
		}
	}
	o.Desks = desks
	return given, nil
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
