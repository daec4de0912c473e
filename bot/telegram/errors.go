package telegram

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"olle/bot"
)

// apiError is a call that failed: Telegram said no, somebody between us answered, or nobody did.
type apiError struct {
	Method      string
	Code        int // as the API or HTTP has it; 0: no answer
	Description string
	Retry       time.Duration // pause asked for
	Migrate     int64         // the group's new number
	Foreign     bool          // the answer came from something else than the API: a proxy, a gateway
	Unsent      bool          // Telegram cannot have seen the request
	Err         error         // nobody answered: why
}

func (e *apiError) Error() string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("telegram: %s: no answer: %v", e.Method, e.Err)
	case e.Code == 0 || e.Foreign:
		return fmt.Sprintf("telegram: %s: %s", e.Method, e.Description)
	}
	return fmt.Sprintf("telegram: %s: %d %s", e.Method, e.Code, e.Description)
}

func (e *apiError) Unwrap() error { return e.Err }

// inDoubt says that the call may have taken effect although it failed.
func (e *apiError) inDoubt() bool {
	return !e.Unsent && (e.Code == 0 || e.Code >= 500 || e.Foreign && e.Code < 300)
}

// says whether Telegram's words contain one of the phrases.
func (e *apiError) says(phrases ...string) bool {
	words := strings.ToLower(e.Description)
	for _, p := range phrases {
		if strings.Contains(words, p) {
			return true
		}
	}
	return false
}

// asAPI returns the apiError in err, nil when there is none.
func asAPI(err error) *apiError {
	var e *apiError
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// waitOf is the pause a failure asks for, or the given one.
func waitOf(err error, otherwise time.Duration) time.Duration {
	if e := asAPI(err); e != nil && e.Retry > 0 {
		return e.Retry
	}
	return otherwise
}

// refusal is the sentence for the operator when Telegram does not accept the token; nil for everything else.
func refusal(err error) error {
	e := asAPI(err)
	switch {
	case e == nil || e.Foreign:
		return nil
	case e.Code == 401:
		return errors.New("telegram: the token is not (or no longer) valid: ask BotFather for the current one and set OLLE_TELEGRAM_TOKEN")
	case e.Code == 404:
		return errors.New("telegram: the API knows no such token: compare OLLE_TELEGRAM_TOKEN with what BotFather gave, and check OLLE_TELEGRAM_API_URL if it is set")
	}
	return nil
}

// fact is what the outbox should know of a failed send or fetch.
func (t *Telegram) fact(chat int64, err error) error {
	e := asAPI(err)
	switch {
	case e == nil:
		return err
	case e.Code == 429:
		wait := e.Retry
		if wait <= 0 {
			wait = time.Second
		}
		everyone := t.pace.stop(chat, wait)
		return &bot.SendError{Wait: wait, Everyone: everyone, Err: e}
	case e.Foreign:
		return e
	case e.Code == 403, e.Code == 400 && !e.says("internal", "try again", "temporarily"):
		return &bot.SendError{Gone: true, Err: e}
	}
	return e
}
