package bot_test

import (
	"os"
	"testing"

	"olle/bot/platformtest"
)

func TestMain(m *testing.M) {
	platformtest.SideBySide("4")
	os.Exit(m.Run())
}
