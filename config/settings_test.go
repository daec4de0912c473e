package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
)

// from makes an environment of "NAME=value" lines.
func from(lines ...string) func(string) (string, bool) {
	env := map[string]string{}
	for _, l := range lines {
		k, v, _ := strings.Cut(l, "=")
		env[k] = v
	}
	return func(k string) (string, bool) { v, ok := env[k]; return v, ok }
}

// settingsFile writes an olle.yaml and returns its path.
func settingsFile(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "olle.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultsAreADemonstration(t *testing.T) {
	t.Chdir(t.TempDir()) // no olle.yaml here
	s, err := Load("", from("OLLE_EVENT=", "OLLE_TELEGRAM_TOKEN=  "))
	if err != nil {
		t.Fatal(err)
	}
	if !s.Demonstration() || s.Event != "vca-jeju-2020" || s.Now.Format(time.RFC3339) != "2020-02-03T09:00:00+09:00" {
		t.Errorf("no demonstration: %+v", s)
	}
	if s.HTTPAddr != "127.0.0.1:8080" || s.DataDir != "./data" || s.ClockSpeed != 1 || s.Redis.Name != "olle" || s.Redis.URL.Set() ||
		s.Telegram.APIURL != "https://api.telegram.org" || s.Discord.APIURL != "https://discord.com" || s.LogLevel != slog.LevelInfo {
		t.Errorf("defaults: %+v", s)
	}
}

func TestWhatEndsADemonstration(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, line := range []string{"OLLE_EVENT=vca-jeju-2020", "OLLE_EVENTS_DIR=x", "OLLE_NOW=2026-01-01T00:00:00Z", "OLLE_TELEGRAM_TOKEN=1:a", "OLLE_DISCORD_TOKEN=a"} {
		s, err := Load("", from(line))
		if err != nil || s.Demonstration() {
			t.Errorf("%s: still a demonstration (%v)", line, err)
		}
	}
	s, err := Load(settingsFile(t, "event: vca-jeju-2014\n"), from())
	if err != nil || s.Demonstration() || s.Event != "vca-jeju-2014" {
		t.Errorf("in the file: %+v (%v)", s, err)
	}
	for _, line := range []string{"OLLE_REDIS_URL=redis://h:1/0", "OLLE_HTTP_ADDR=127.0.0.1:9999", "OLLE_DATA_DIR=/tmp/x"} {
		if s, err := Load("", from(line)); err != nil || !s.Demonstration() {
			t.Errorf("%s: no demonstration any more (%v)", line, err)
		}
	}
}

func TestEnvironmentWinsOverFileOverDefaults(t *testing.T) {
	path := settingsFile(t, `
data_dir: /var/lib/olle
http_addr: 0.0.0.0:80
redis: {url: "redis://h:6379/2", strict: true, wait_replicas: 2, name: jeju}
telegram:
  token: 1:from-file
organisers: [telegram:1, discord:2]
log_level: debug
clock_speed: 60
now: 2020-02-10T09:00:00+09:00
`)
	s, err := Load(path, from("OLLE_HTTP_ADDR=127.0.0.1:9000", "OLLE_TELEGRAM_TOKEN=1:from-environment", "OLLE_ORGANISERS=web:abc, telegram:-7"))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(s.DataDir, s.HTTPAddr, s.Redis.URL.Reveal(), s.Redis.Strict, s.Redis.WaitReplicas, s.Redis.Name, s.Telegram.Token.Reveal(),
		s.Organisers, s.LogLevel, s.ClockSpeed, s.Now.Unix())
	want := fmt.Sprint("/var/lib/olle", "127.0.0.1:9000", "redis://h:6379/2", true, 2, "jeju", "1:from-environment", []string{"web:abc", "telegram:-7"}, slog.LevelDebug, 60.0, int64(1581292800))
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestEverySettingIsReachableFromBothSides(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]string{"data_dir": "d", "http_addr": ":80", "public_url": "https://o.example/", "redis_url": "rediss://u:p@h:1/0", "trusted_proxies": "10.0.0.2, 172.16.0.0/12", "redis_strict": "true",
		"redis_wait_replicas": "1", "redis_name": "n", "telegram_token": "1:x", "telegram_api_url": "http://127.0.0.1:1", "telegram_webhook_url": "https://o.example/telegram/webhook",
		"telegram_webhook_secret": "abc", "discord_token": "x", "discord_api_url": "http://127.0.0.1:2", "discord_guild": "123", "telegram_per_second": "300", "telegram_per_chat": "5", "discord_per_second": "90", "events_dir": "e", "event": "x-1",
		"organisers": "telegram:1", "age_recipients": id.Recipient().String(), "files_url": "s3://host/bucket", "s3_access_key": "a", "s3_secret_key": "b/c+d", "clamd_addr": "/run/clamd.sock", "paper_font": "/fonts/noto.ttf", "metrics": "off", "now": "2020-02-03T09:00:00Z", "clock_speed": "2", "log_level": "warn"}
	if len(good) != len(settings) {
		t.Errorf("%d settings are tried of %d", len(good), len(settings))
	}
	var env, file []string
	for key, value := range good {
		env = append(env, "OLLE_"+strings.ToUpper(key)+"="+value)
		file = append(file, fmt.Sprintf("%s: %q", key, value))
	}
	a, err := Load(settingsFile(t, "{}"), from(env...))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Load(settingsFile(t, strings.Join(file, "\n")), from())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(a, b, cmp.AllowUnexported(Settings{}, Secret{}), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
		t.Errorf("file and environment differ: %s", d)
	}
	if a.PublicURL != "https://o.example" || a.AgeRecipients[0] != id.Recipient().String() {
		t.Errorf("%+v", a)
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	if err := os.WriteFile(path, []byte("1:abc\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(settingsFile(t, "{}"), from("OLLE_TELEGRAM_TOKEN_FILE="+path))
	if err != nil || s.Telegram.Token.Reveal() != "1:abc" || s.Demonstration() {
		t.Errorf("%+v %v", s, err)
	}
	_, err = Load(settingsFile(t, "{}"), from("OLLE_TELEGRAM_TOKEN_FILE="+path, "OLLE_TELEGRAM_TOKEN=2:x", "OLLE_DISCORD_TOKEN_FILE="+dir+"/none",
		"OLLE_LOG_LEVEL_FILE="+path))
	want := "OLLE_DISCORD_TOKEN_FILE: \"" + dir + "/none\" cannot be read: no such file or directory\n" +
		"OLLE_LOG_LEVEL_FILE: only secrets come from files: set OLLE_LOG_LEVEL itself\n" +
		"OLLE_TELEGRAM_TOKEN_FILE: OLLE_TELEGRAM_TOKEN is set as well: remove one of the two"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestSettingsNameEveryMistakeAtOnce(t *testing.T) {
	path := settingsFile(t, "datadir: x\nhttp_addr: here\nredis:\n  wait_replicas: 12\n  url: http://h\nevent: [\"Not An ID\"]\n")
	_, err := Load(path, from("OLLE_CLOCK_SPEED=-1", "OLLE_NOW=tomorrow", "OLLE_LOG_LEVEL=loud", "OLLE_ORGANISERS=telegram:@me", "OLLE_PUBLIC_URL=olle.example.org",
		"OLLE_AGE_RECIPIENTS=AGE-SECRET-KEY-1QQQ", "OLLE_TELEGRAM_WEBHOOK_URL=https://o.example/telegram/webhook", "OLLE_DISCORD_GUILD=myserver", "OLLE_CLAMD_ADDR=clamd", "OLLE_TRUSTED_PROXIES=10.0.0.1 0.0.0.0/0"))
	want := strings.ReplaceAll(`OLLE_AGE_RECIPIENTS: this is a secret key, which must never be given to the program: use the public key that begins with age1
OLLE_CLAMD_ADDR: "clamd" is no address of clamd: write host:port, like 127.0.0.1:3310, or the path of its socket
OLLE_CLOCK_SPEED: "-1" is no speed: a number above 0, 1 is real time, 3600 an hour a second
OLLE_DISCORD_GUILD: "myserver" is no server number: in Discord, right-click the server, Copy Server ID
OLLE_LOG_LEVEL: "loud" is no level: debug, info, warn or error
OLLE_NOW: "tomorrow" is no moment: write it with its zone, like 2020-02-03T09:00:00+09:00
OLLE_ORGANISERS: "telegram:@me": telegram addresses are numbers, not names
OLLE_PUBLIC_URL: no web address: write it in full, like https://olle.example.org
OLLE_TELEGRAM_WEBHOOK_URL: a webhook needs OLLE_TELEGRAM_TOKEN as well
OLLE_TRUSTED_PROXIES: "0.0.0.0/0" is no address or network: write 10.0.0.2 or 172.16.0.0/12; everybody cannot be trusted
FILE:1:1: there is no setting "datadir", did you mean "data_dir"?
FILE:2:12: "here" is no address: write host:port, like 127.0.0.1:8080
FILE:4:18: "12" must be a whole number from 0 to 9
FILE:5:8: no address of a Redis: write redis://host:6379/0, rediss://…, redis+sentinel://h1:p,h2:p/0?master=NAME or redis+cluster://h1:p,h2:p
FILE:6:8: "Not An ID" is no event: it is the name of a pack's folder, like vca-jeju-2020`, "FILE", path)
	lines := func(s string) map[string]bool {
		set := map[string]bool{}
		for _, l := range strings.Split(s, "\n") {
			set[l] = true
		}
		return set
	}
	if err == nil {
		t.Fatal("loaded")
	}
	if d := cmp.Diff(lines(want), lines(err.Error())); d != "" {
		t.Error(d)
	}
}

func TestTheFormsOfRedisAddresses(t *testing.T) {
	for url, good := range map[string]bool{
		"redis://localhost:6379":                                   true,
		"redis://:pass@h:6379/3":                                   true,
		"rediss://u:p@h:6380/0":                                    true,
		"redis+sentinel://u:p@h1:26379,h2:26379,h3:1/0?master=one": true,
		"redis+sentinel://h1:26379?master=one":                     true,
		"redis+cluster://u:p@h1:7000,h2:7001":                      true,
		"redis+sentinel://h1:26379,h2:26379/0":                     false,
		"redis+cluster://h1:7000,h2:7001/2":                        false,
		"redis://h1:1,h2:2/0":                                      false,
		"redis://h/first":                                          false,
		"localhost:6379":                                           false,
		"redis://":                                                 false,
		"http://h":                                                 false,
		"%%%":                                                      false,
	} {
		if remedy := redisURL(url); (remedy == "") != good {
			t.Errorf("%s: %q", url, remedy)
		}
	}
}

func TestSecretsNeverShow(t *testing.T) {
	s := Settings{Telegram: Telegram{Token: NewSecret("1:hush")}, Redis: Redis{URL: NewSecret("redis://u:hush@h:1/0?x=hush")}}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "s", s.Telegram.Token, "all", s)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "s", s.Telegram.Token, "all", s)
	encoded, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(s), every(s), every(s.Telegram.Token), every(&s.Telegram.Token), logged.String(), string(encoded),
		fmt.Sprint(errors.Join(fmt.Errorf("x: %v", s.Telegram)))} {
		if strings.Contains(shown, "hush") || strings.Contains(shown, fmt.Sprintf("%x", "hush")) {
			t.Errorf("a secret shows: %s", shown)
		}
	}
	_, err = Load(settingsFile(t, "redis: {url: \"redis+sentinel://u:hush@h:1\"}\ntelegram_token: \"hu sh\"\n"), from("OLLE_FILES_URL=s4://hush:hush@x"))
	if err == nil || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "hu sh") {
		t.Errorf("%v", err)
	}
}

// every prints a value with every verb.
func every(v any) (all string) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%t"} {
		all += fmt.Sprintf(verb, v) + "\n"
	}
	return all
}

func TestUnknownVariablesAreNamed(t *testing.T) {
	var got []string
	for _, s := range Unknown([]string{"OLLE_TELEGRAM_TOKN=x", "OLLE_FOO=1", "OLLE_EVENT=x", "OLLE_DISCORD_TOKEN_FILE=/x", "HOME=/root", "OLLE_LOG_LEVEL_FILE=x"}) {
		got = append(got, s.String())
	}
	want := []string{"OLLE_FOO is no setting", "OLLE_LOG_LEVEL_FILE is no setting", `OLLE_TELEGRAM_TOKN is no setting, did you mean OLLE_TELEGRAM_TOKEN?`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestTheSettingsFileMayBeWrongInEveryWay(t *testing.T) {
	for name, text := range map[string]string{"list": "- a\n- b\n", "text": "hello", "broken": "a: [", "binary": "a: \xff\xfe", "deep": strings.Repeat("[", 5000)} {
		if _, err := Load(settingsFile(t, text), from()); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
	for name, text := range map[string]string{"empty": "", "comments": "# data_dir: x\n\n  # event: y\n", "space": " \n\n", "group": "{}", "nothing set": "event:\nredis:\n  url:\n"} {
		s, err := Load(settingsFile(t, text), from())
		if err != nil || !s.Demonstration() {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml"), from()); err == nil || !strings.Contains(err.Error(), "-config") {
		t.Errorf("a missing file: %v", err)
	}
}

// Whoever starts Olle with compose can set whatever can be set; the files that some settings name are not in the container.
func TestComposePassesEverySettingOn(t *testing.T) {
	file, err := os.ReadFile("../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	inside := []string{"data_dir", "http_addr", "redis_wait_replicas", "redis_name", "events_dir", "paper_font"}
	for _, s := range settings {
		if !slices.Contains(inside, s.key) && !strings.Contains(string(file), " "+s.variable()+":") {
			t.Errorf("compose.yaml does not pass %s on", s.variable())
		}
	}
}

// The public address is that of a whole site, as browsers name it in what they send.
func TestThePublicAddress(t *testing.T) {
	for written, want := range map[string]string{
		"https://olle.example/": "https://olle.example", "https://Olle.Example:443": "https://olle.example", "http://olle.example:80/": "http://olle.example",
		"http://olle.example:443": "http://olle.example:443", "https://[2001:DB8::1]:8443": "https://[2001:db8::1]:8443",
	} {
		if s, err := Load("", from("OLLE_PUBLIC_URL="+written)); err != nil || s.PublicURL != want {
			t.Errorf("%s: %+v, %v", written, s, err)
		}
	}
	for written, want := range map[string]string{"https://example.org/olle": "without a path", "https://a:b@example.org": "without user", "example.org": "in full"} {
		if _, err := Load("", from("OLLE_PUBLIC_URL="+written)); err == nil || !strings.Contains(err.Error(), "OLLE_PUBLIC_URL") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", written, err)
		}
	}
}

// A file of recipients may hold the comments that age-keygen writes.
func TestRecipientsMayHaveComments(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	key := id.Recipient().String()
	file := filepath.Join(t.TempDir(), "recipients")
	if err := os.WriteFile(file, []byte("# the organisers, 2020\n"+key+"\n  # and nobody else\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Load("", from("OLLE_AGE_RECIPIENTS_FILE="+file)); err != nil || !slices.Equal(s.AgeRecipients, []string{key}) {
		t.Errorf("%+v, %v", s, err)
	}
}
