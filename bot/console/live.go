package console

import "time"

// helpLine is one help request on the first page.
type helpLine struct {
	Ref, State string
	Opened     time.Time
}

// sendLine is one send under way on the first page.
type sendLine struct {
	ID, Title, State string
	Sent, Of         int
}

func (v *visit) openHelp() ([]helpLine, error) { return nil, nil }

func (v *visit) liveSends() ([]sendLine, error) { return nil, nil }
