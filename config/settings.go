package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
)

// The day on which a demonstration begins, and its edition: the call is open, and eleven days are left.
const (
	demonstrationEvent = "vca-jeju-2020"
	demonstrationNow   = "2020-02-03T09:00:00+09:00"
)

// Settings is what operators decide (README, "Settings"). Every field has passed its check. The comments name the variable; in
// olle.yaml the same setting is the name in small letters without OLLE_, where "redis_url: …" and "redis: {url: …}" are the same.
type Settings struct {
	DataDir   string // OLLE_DATA_DIR: folder of the embedded store, files and socket; default "./data"
	HTTPAddr  string // OLLE_HTTP_ADDR: host:port; default "127.0.0.1:8080"
	PublicURL string // OLLE_PUBLIC_URL: where people reach the web chat, without a slash at the end; "" unknown

	TrustedProxies []netip.Prefix // OLLE_TRUSTED_PROXIES: addresses and networks whose X-Forwarded-For is believed; none: nobody's

	Redis    Redis
	Telegram Telegram
	Discord  Discord
	S3       S3

	EventsDir     string     // OLLE_EVENTS_DIR: folder of event packs beside the embedded ones; "" none
	Event         string     // OLLE_EVENT: ID of the current edition; "" see Choose
	Organisers    []string   // OLLE_ORGANISERS: addresses with all rights, "telegram:4711"
	AgeRecipients []string   // OLLE_AGE_RECIPIENTS: public keys that uploads are encrypted to
	FilesURL      Secret     // OLLE_FILES_URL: folder or s3:// address of uploads; unset: DataDir/files
	ClamdAddr     string     // OLLE_CLAMD_ADDR: host:port or socket of the virus scanner that must agree to uploads; "" none
	PaperFont     string     // OLLE_PAPER_FONT: TrueType file for certificates and reports; "" the one that comes with Olle
	Now           time.Time  // OLLE_NOW: the moment the program's clock starts at; zero: the real time
	ClockSpeed    float64    // OLLE_CLOCK_SPEED: program seconds per second; default 1
	Metrics       Secret     // OLLE_METRICS: on (from this machine and private networks), off, or a token; default on
	LogLevel      slog.Level // OLLE_LOG_LEVEL: debug, info, warn, error; default info

	demonstration bool
}

// S3 holds the keys of the bucket in OLLE_FILES_URL, where they do not stand in that address.
type S3 struct {
	AccessKey string // OLLE_S3_ACCESS_KEY
	SecretKey Secret // OLLE_S3_SECRET_KEY
}

// Redis says how to reach the shared store. With an unset URL the embedded one is used.
type Redis struct {
	URL          Secret // OLLE_REDIS_URL: redis://, rediss://, redis+sentinel://, redis+cluster://
	Strict       bool   // OLLE_REDIS_STRICT: refuse to start on a server that may lose data
	WaitReplicas int    // OLLE_REDIS_WAIT_REPLICAS: confirm a commit after so many replicas have it; 0 to 9
	Name         string // OLLE_REDIS_NAME: the installation's name in every key; default "olle"
}

// Telegram connects the Telegram bot; without a token it is off.
type Telegram struct {
	Token         Secret // OLLE_TELEGRAM_TOKEN
	APIURL        string // OLLE_TELEGRAM_API_URL: base; default https://api.telegram.org
	WebhookURL    string // OLLE_TELEGRAM_WEBHOOK_URL: set: webhook, unset: long polling
	WebhookSecret Secret // OLLE_TELEGRAM_WEBHOOK_SECRET

	// A local API server, or an agreement with the network, may allow more than the public limits.
	PerSecond int // OLLE_TELEGRAM_PER_SECOND: messages a second; 0: Telegram's 30
	PerChat   int // OLLE_TELEGRAM_PER_CHAT: messages a second in one private chat; 0: Telegram's 1
}

// Discord connects the Discord bot; without a token it is off.
type Discord struct {
	Token     Secret // OLLE_DISCORD_TOKEN
	APIURL    string // OLLE_DISCORD_API_URL: base; default https://discord.com
	PerSecond int    // OLLE_DISCORD_PER_SECOND: requests a second; 0: 45, below Discord's 50
	Guild     string // OLLE_DISCORD_GUILD: number of the server whose commands are registered at once; "" everywhere
}

// Demonstration says that neither event, clock nor platform was chosen: the program then shows itself with the 2020 edition on a
// day when its call is open, and says so everywhere.
func (s *Settings) Demonstration() bool { return s.demonstration }

// Load reads the settings: defaults, then the file at path, then the environment as getenv tells it (os.LookupEnv). path "" reads
// ./olle.yaml if there is one. A secret may come from a file that NAME_FILE names. The error is Mistakes, all of them.
func Load(path string, getenv func(string) (string, bool)) (*Settings, error) {
	var mistakes Mistakes
	given := map[string]origin{}
	readSettingsFile(path, given, &mistakes)
	readEnvironment(getenv, given, &mistakes)

	s := &Settings{DataDir: "./data", HTTPAddr: "127.0.0.1:8080", ClockSpeed: 1}
	s.Redis.Name, s.Telegram.APIURL, s.Discord.APIURL = "olle", "https://api.telegram.org", "https://discord.com"
	for _, set := range settings {
		from, ok := given[set.key]
		if !ok {
			continue
		}
		if remedy := set.put(s, from.value); remedy != "" {
			mistakes = append(mistakes, Mistake{from.file, from.line, from.column, remedy})
		}
	}
	if s.Telegram.WebhookURL != "" && !s.Telegram.Token.Set() {
		from := given["telegram_webhook_url"]
		mistakes = append(mistakes, Mistake{from.file, from.line, from.column, "a webhook needs OLLE_TELEGRAM_TOKEN as well"})
	}
	s.demonstration = true
	for _, key := range []string{"event", "events_dir", "now", "telegram_token", "discord_token"} {
		if _, ok := given[key]; ok {
			s.demonstration = false
		}
	}
	if s.demonstration {
		s.Event = demonstrationEvent
		s.Now, _ = time.Parse(time.RFC3339, demonstrationNow)
	}
	if err := mistakes.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// origin is a setting as it was written, and where.
type origin struct {
	value        string
	file         string // or the variable's name
	line, column int
}

// readSettingsFile reads olle.yaml. Groups are joined with _, lists with commas, so that file and environment mean the same.
func readSettingsFile(path string, given map[string]origin, mistakes *Mistakes) {
	chosen := path != ""
	if !chosen {
		path = "olle.yaml"
	}
	r := &report{file: path, all: mistakes}
	data, err := readLimited(path, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !chosen:
		return
	case err != nil:
		r.add(0, 0, "the settings cannot be read: %v; correct -config or leave it out", plain(err))
		return
	}
	if onlyComments(data) {
		return
	}
	if root := parseYAML(r, data); root != nil {
		flatten(r, open(r, root, "the settings file").n, "", given)
	}
}

// onlyComments says that a file sets nothing, like the example people copy.
func onlyComments(data []byte) bool {
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}

func flatten(r *report, n *node, prefix string, given map[string]origin) {
	for _, f := range n.fields {
		key := prefix + f.key.text
		if f.value.kind == mapping {
			flatten(r, f.value, key+"_", given)
			continue
		}
		if settingFor(key) == nil {
			r.at(f.key, "there is no setting %q%s", key, meant(key, settingKeys()))
			continue
		}
		value := f.value.text
		if f.value.kind == sequence {
			var parts []string
			for _, item := range f.value.items {
				parts = append(parts, item.text)
			}
			value = strings.Join(parts, ",")
		}
		if _, twice := given[key]; twice {
			r.at(f.key, "the setting %s stands twice: remove one", key)
		}
		if value = strings.TrimSpace(value); value != "" {
			given[key] = origin{value, r.file, f.value.line, f.value.column}
		}
	}
}

// readEnvironment lays OLLE_… over what the file said. An empty variable counts as unset, as compose files pass them so.
func readEnvironment(getenv func(string) (string, bool), given map[string]origin, mistakes *Mistakes) {
	for _, set := range settings {
		variable := set.variable()
		value, _ := getenv(variable)
		value = strings.TrimSpace(value)
		if file, _ := getenv(variable + "_FILE"); file != "" {
			r := &report{file: variable + "_FILE", all: mistakes}
			switch content, err := readLimited(file, 64<<10); {
			case !set.secret:
				r.add(0, 0, "only secrets come from files: set %s itself", variable)
				continue
			case value != "":
				r.add(0, 0, "%s is set as well: remove one of the two", variable)
				continue
			case err != nil:
				r.add(0, 0, "%q cannot be read: %v", file, plain(err))
				continue
			default:
				value = strings.TrimRight(string(content), "\r\n")
				variable += "_FILE"
				if value == "" {
					r.add(0, 0, "%q is empty", file)
				}
			}
		}
		if value != "" {
			given[set.key] = origin{value: value, file: variable}
		}
	}
}

// readLimited reads a file of at most so many bytes.
func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, fmt.Errorf("it is larger than %d KiB", limit>>10)
	}
	return data, err
}

// Stranger is a variable that begins with OLLE_ and means nothing here.
type Stranger struct{ Name, Meant string } // Meant is a setting so like it that it was probably meant; "" none

func (s Stranger) String() string {
	if s.Meant == "" {
		return s.Name + " is no setting"
	}
	return s.Name + " is no setting, did you mean " + s.Meant + "?"
}

// Unknown finds the strangers of environ (os.Environ), by name. They are worth a warning, not a refusal: another version may know them,
// and whatever runs programs makes some of its own (OLLE_PORT).
func Unknown(environ []string) (strangers []Stranger) {
	var known []string
	for _, set := range settings {
		known = append(known, set.key)
		if set.secret {
			known = append(known, set.key+"_file")
		}
	}
	for _, e := range environ {
		variable, _, _ := strings.Cut(e, "=")
		key, ours := strings.CutPrefix(variable, "OLLE_")
		if key = strings.ToLower(key); !ours || slices.Contains(known, key) {
			continue
		}
		one := Stranger{Name: variable}
		if guess := nearest(key, known); guess != "" {
			one.Meant = "OLLE_" + strings.ToUpper(guess)
		}
		strangers = append(strangers, one)
	}
	slices.SortFunc(strangers, func(a, b Stranger) int { return strings.Compare(a.Name, b.Name) })
	return strangers
}
