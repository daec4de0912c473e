package config

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"
)

// setting is one row of the table: its name, and how a text becomes the value. put returns the remedy when it cannot; the remedy of
// a secret never repeats what was written.
type setting struct {
	key    string // in olle.yaml, groups joined with _
	secret bool   // may come from a file that NAME_FILE names
	put    func(s *Settings, text string) (remedy string)
}

func (set setting) variable() string { return "OLLE_" + strings.ToUpper(set.key) }

// settings is every setting there is.
var settings = []setting{
	{key: "data_dir", put: func(s *Settings, v string) string { s.DataDir = v; return "" }},
	{key: "http_addr", put: func(s *Settings, v string) string { s.HTTPAddr = v; return address(v) }},
	{key: "public_url", put: func(s *Settings, v string) string { return webOrigin(&s.PublicURL, v) }},
	{key: "trusted_proxies", put: func(s *Settings, v string) string { return prefixes(&s.TrustedProxies, v) }},
	{key: "redis_url", secret: true, put: func(s *Settings, v string) string { s.Redis.URL = NewSecret(v); return redisURL(v) }},
	{key: "redis_strict", put: func(s *Settings, v string) string { return truth(&s.Redis.Strict, v) }},
	{key: "redis_wait_replicas", put: func(s *Settings, v string) string { return count(&s.Redis.WaitReplicas, v, 0, 9) }},
	{key: "redis_name", put: func(s *Settings, v string) string { s.Redis.Name = v; return redisName(v) }},
	{key: "telegram_token", secret: true, put: func(s *Settings, v string) string { s.Telegram.Token = NewSecret(v); return credential(v) }},
	{key: "telegram_api_url", put: func(s *Settings, v string) string {
		s.Telegram.APIURL = strings.TrimRight(v, "/")
		return webAddress(v)
	}},
	{key: "telegram_webhook_url", put: func(s *Settings, v string) string { s.Telegram.WebhookURL = v; return webAddress(v) }},
	{key: "telegram_webhook_secret", secret: true, put: func(s *Settings, v string) string {
		s.Telegram.WebhookSecret = NewSecret(v)
		return webhookSecret(v)
	}},
	{key: "telegram_per_second", put: func(s *Settings, v string) string { return count(&s.Telegram.PerSecond, v, 1, 100_000) }},
	{key: "telegram_per_chat", put: func(s *Settings, v string) string { return count(&s.Telegram.PerChat, v, 1, 100_000) }},
	{key: "discord_per_second", put: func(s *Settings, v string) string { return count(&s.Discord.PerSecond, v, 1, 100_000) }},
	{key: "discord_token", secret: true, put: func(s *Settings, v string) string { s.Discord.Token = NewSecret(v); return credential(v) }},
	{key: "discord_api_url", put: func(s *Settings, v string) string { s.Discord.APIURL = strings.TrimRight(v, "/"); return webAddress(v) }},
	{key: "discord_guild", put: func(s *Settings, v string) string { s.Discord.Guild = v; return guild(v) }},
	{key: "events_dir", put: func(s *Settings, v string) string { s.EventsDir = v; return "" }},
	{key: "event", put: func(s *Settings, v string) string { s.Event = v; return eventID(v) }},
	{key: "organisers", put: func(s *Settings, v string) string { s.Organisers = split(v); return addresses(s.Organisers) }},
	{key: "age_recipients", secret: true, put: func(s *Settings, v string) string {
		s.AgeRecipients = split(uncommented(v))
		return recipients(s.AgeRecipients)
	}},
	{key: "files_url", secret: true, put: func(s *Settings, v string) string { s.FilesURL = NewSecret(v); return filesURL(v) }},
	{key: "s3_access_key", put: func(s *Settings, v string) string { s.S3.AccessKey = v; return credential(v) }},
	{key: "s3_secret_key", secret: true, put: func(s *Settings, v string) string { s.S3.SecretKey = NewSecret(v); return credential(v) }},
	{key: "clamd_addr", put: func(s *Settings, v string) string { s.ClamdAddr = v; return scanner(v) }},
	{key: "paper_font", put: func(s *Settings, v string) string { s.PaperFont = v; return "" }},
	{key: "now", put: func(s *Settings, v string) string { return moment(&s.Now, v) }},
	{key: "clock_speed", put: func(s *Settings, v string) string { return speed(&s.ClockSpeed, v) }},
	{key: "metrics", secret: true, put: func(s *Settings, v string) string { s.Metrics = NewSecret(v); return metricsToken(v) }},
	{key: "log_level", put: func(s *Settings, v string) string { return level(&s.LogLevel, v) }},
}

func settingFor(key string) *setting {
	if i := slices.IndexFunc(settings, func(s setting) bool { return s.key == key }); i >= 0 {
		return &settings[i]
	}
	return nil
}

func settingKeys() (keys []string) {
	for _, s := range settings {
		keys = append(keys, s.key)
	}
	return keys
}

// split takes lists apart: commas in variables, lines in files.
func split(v string) []string {
	return strings.FieldsFunc(v, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t' })
}

// uncommented leaves out the lines that begin with #, as age-keygen writes them.
func uncommented(v string) string {
	var kept strings.Builder
	for line := range strings.Lines(v) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func address(v string) string {
	_, port, err := net.SplitHostPort(v)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		return strconv.Quote(v) + " is no address: write host:port, like 127.0.0.1:8080"
	}
	return ""
}

func scanner(v string) string {
	if address(v) != "" && !strings.HasPrefix(v, "/") {
		return strconv.Quote(v) + " is no address of clamd: write host:port, like 127.0.0.1:3310, or the path of its socket"
	}
	return ""
}

func webAddress(v string) string {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "no web address: write it in full, like https://olle.example.org"
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return "a web address without ? and # is needed"
	}
	return ""
}

// webOrigin reads the address of a whole site, as browsers name it: small letters, and no port that goes without saying.
func webOrigin(into *string, v string) string {
	if remedy := webAddress(v); remedy != "" {
		return remedy
	}
	u, _ := url.Parse(v)
	switch {
	case strings.Trim(u.Path, "/") != "":
		return "an address without a path is needed, like https://olle.example.org: Olle has a host name to itself"
	case u.User != nil:
		return "an address without user and password is needed, like https://olle.example.org"
	}
	host := strings.ToLower(u.Host)
	for scheme, port := range map[string]string{"http": ":80", "https": ":443"} {
		if u.Scheme == scheme {
			host = strings.TrimSuffix(host, port)
		}
	}
	*into = u.Scheme + "://" + strings.TrimSuffix(host, ":")
	return ""
}

// prefixes reads addresses and networks.
func prefixes(to *[]netip.Prefix, v string) string {
	*to = nil // what a weaker source said
	for _, one := range split(v) {
		p, err := netip.ParsePrefix(one)
		if ip, bad := netip.ParseAddr(one); bad == nil {
			p, err = netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()), nil
		}
		if err != nil || p.Bits() == 0 {
			return strconv.Quote(one) + " is no address or network: write 10.0.0.2 or 172.16.0.0/12; everybody cannot be trusted"
		}
		*to = append(*to, p)
	}
	return ""
}

// redisURL checks the four forms of addresses.
func redisURL(v string) string {
	u, err := url.Parse(v)
	if err != nil {
		// A list of hosts with ports is no valid host to net/url; check it without.
		scheme, rest, _ := strings.Cut(v, "://")
		rest = rest[strings.LastIndex(rest, "@")+1:]
		hosts, tail, _ := strings.Cut(rest, "/")
		if u, err = url.Parse(scheme + "://host/" + tail); err != nil || hosts == "" {
			return redisForms
		}
		u.Host = hosts
	}
	several := u.Scheme == "redis+sentinel" || u.Scheme == "redis+cluster"
	if !several && u.Scheme != "redis" && u.Scheme != "rediss" || u.Host == "" {
		return redisForms
	}
	if !several && strings.Contains(u.Host, ",") {
		return "several hosts need redis+sentinel:// or redis+cluster://"
	}
	db := strings.Trim(u.Path, "/")
	if _, err := strconv.Atoi(db); db != "" && err != nil {
		return "behind the host stands the number of the database, like /0"
	}
	switch {
	case u.Scheme == "redis+sentinel" && u.Query().Get("master") == "":
		return "redis+sentinel:// needs ?master=NAME"
	case u.Scheme == "redis+cluster" && db != "" && db != "0":
		return "a cluster has only database 0: leave it out"
	}
	return ""
}

const redisForms = "no address of a Redis: write redis://host:6379/0, rediss://…, redis+sentinel://h1:p,h2:p/0?master=NAME or redis+cluster://h1:p,h2:p"

func redisName(v string) string {
	if !regexp.MustCompile(`^[A-Za-z0-9_.-]{1,40}$`).MatchString(v) {
		return "a name of at most 40 letters, digits, _ . and - is needed"
	}
	return ""
}

func truth(into *bool, v string) string {
	b, err := strconv.ParseBool(v)
	if *into = b; err != nil {
		return strconv.Quote(v) + " is neither true nor false"
	}
	return ""
}

func count(into *int, v string, least, most int) string {
	n, err := strconv.Atoi(v)
	if *into = n; err != nil || n < least || n > most {
		return strconv.Quote(v) + " must be a whole number from " + itoa(least) + " to " + itoa(most)
	}
	return ""
}

func credential(v string) string {
	if strings.ContainsFunc(v, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "a token has no spaces and no special signs: copy it again"
	}
	return ""
}

func webhookSecret(v string) string {
	if len(v) > 256 || !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(v) {
		return "Telegram allows 1 to 256 letters, digits, _ and - here"
	}
	return ""
}

func metricsToken(v string) string {
	if v != "on" && v != "off" && (len(v) < 16 || credential(v) != "") {
		return "on, off, or a token of at least 16 letters and digits is needed"
	}
	return ""
}

func guild(v string) string {
	if !isNumber(v) {
		return strconv.Quote(v) + " is no server number: in Discord, right-click the server, Copy Server ID"
	}
	return ""
}

func eventID(v string) string {
	if !packID.MatchString(v) {
		return strconv.Quote(v) + " is no event: it is the name of a pack's folder, like vca-jeju-2020"
	}
	return ""
}

func addresses(list []string) string {
	for _, a := range list {
		platform, id, ok := strings.Cut(a, ":")
		if !ok || id == "" || !slices.Contains([]string{"telegram", "discord", "web", "terminal"}, platform) {
			return strconv.Quote(a) + " is no address: write telegram:NUMBER or discord:NUMBER, separated by commas"
		}
		if (platform == "telegram" || platform == "discord") && !isNumber(strings.TrimPrefix(id, "-")) {
			return strconv.Quote(a) + ": " + platform + " addresses are numbers, not names"
		}
	}
	return ""
}

func recipients(list []string) string {
	for _, r := range list {
		if strings.HasPrefix(strings.ToUpper(r), "AGE-SECRET-KEY") {
			return "this is a secret key, which must never be given to the program: use the public key that begins with age1"
		}
	}
	if _, err := age.ParseRecipients(strings.NewReader(strings.Join(list, "\n"))); err != nil {
		return "not all are public keys of age: each begins with age1 (made by age-keygen)"
	}
	return ""
}

func filesURL(v string) string {
	scheme, rest, ok := strings.Cut(v, "://")
	if ok && (scheme != "s3" && scheme != "file" || strings.Trim(rest, "/") == "") {
		return "write a folder, or s3://host/bucket"
	}
	return ""
}

func moment(into *time.Time, v string) string {
	t, err := time.Parse(time.RFC3339, v)
	if *into = t; err != nil {
		return strconv.Quote(v) + " is no moment: write it with its zone, like " + demonstrationNow
	}
	return ""
}

func speed(into *float64, v string) string {
	f, err := strconv.ParseFloat(strings.TrimSuffix(v, "x"), 64)
	if *into = f; err != nil || !(f > 0 && f <= 1_000_000) {
		return strconv.Quote(v) + " is no speed: a number above 0, 1 is real time, 3600 an hour a second"
	}
	return ""
}

func level(into *slog.Level, v string) string {
	levels := []string{"debug", "info", "warn", "error"}
	i := slices.Index(levels, strings.ToLower(v))
	if i < 0 {
		return strconv.Quote(v) + " is no level: debug, info, warn or error"
	}
	*into = slog.Level(4 * (i - 1))
	return ""
}
