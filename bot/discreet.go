package bot

import (
	"errors"
	"fmt"
	"net/url"
)

// discreet returns an error's text for the log without the address that was called: addresses of bot networks hold the token.
func discreet(err error) string { return withoutAddress(err).Error() }

// withoutAddress does the same for an error that is handed on.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("%s failed: %w", u.Op, u.Err)
	}
	return err
}
