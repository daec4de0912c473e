package redis

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

type mode int

const (
	single mode = iota
	sentinel
	cluster
)

// address is a parsed Redis URL. It prints without user and password.
type address struct {
	mode           mode
	tls            bool
	hosts          []string // host:port
	user, password string
	db             int
	master         string // name of the master the Sentinels watch
}

func (a address) String() string {
	switch a.mode {
	case sentinel:
		return fmt.Sprintf("master %q of the Sentinels at %s", a.master, strings.Join(a.hosts, ","))
	case cluster:
		return "the Cluster at " + strings.Join(a.hosts, ",")
	}
	return a.hosts[0]
}

// parseURL is written by hand because net/url refuses lists of hosts, and repeats what it refuses, password and all.
func parseURL(raw string) (address, error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return address{}, errors.New("redis: the URL has no scheme: redis://host:port, rediss://, redis+sentinel:// or redis+cluster://")
	}
	var a address
	switch kind := strings.TrimPrefix(strings.TrimPrefix(scheme, "rediss"), "redis"); {
	case !strings.HasPrefix(scheme, "redis"), kind != "" && kind != "+sentinel" && kind != "+cluster":
		return address{}, errors.New("redis: unknown scheme: want redis, rediss, redis+sentinel or redis+cluster")
	case kind == "+sentinel":
		a.mode = sentinel
	case kind == "+cluster":
		a.mode = cluster
	}
	a.tls = strings.HasPrefix(scheme, "rediss")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		if err := a.login(rest[:i]); err != nil {
			return address{}, err
		}
		rest = rest[i+1:]
	}
	rest, query, _ := strings.Cut(rest, "?")
	hosts, db, _ := strings.Cut(rest, "/")
	return a, errors.Join(a.setHosts(hosts), a.setDB(db), a.setQuery(query))
}

func (a *address) login(text string) error {
	user, password, ok := strings.Cut(text, ":")
	if !ok {
		return errors.New("redis: the URL names a user without a password: want user:password@ or :password@")
	}
	var err1, err2 error
	a.user, err1 = url.PathUnescape(user)
	a.password, err2 = url.PathUnescape(password)
	if err1 != nil || err2 != nil { // their texts would show it
		return errors.New("redis: a % in the URL's user or password is not followed by two hexadecimal digits: write %25 for it")
	}
	return nil
}

func (a *address) setHosts(list string) error {
	port := "6379"
	if a.mode == sentinel {
		port = "26379"
	}
	for host := range strings.SplitSeq(list, ",") {
		h, p, err := net.SplitHostPort(host)
		if err != nil { // no port
			h, p = strings.Trim(host, "[]"), port
		}
		// A malformed host may be a password without its @: it is not repeated.
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 || h == "" || strings.ContainsAny(h, "/@ ") {
			return errors.New("redis: the URL's hosts are malformed: want host:port, several separated by commas")
		}
		a.hosts = append(a.hosts, net.JoinHostPort(h, p))
	}
	if a.mode == single && len(a.hosts) > 1 {
		return errors.New("redis: several hosts need redis+sentinel:// or redis+cluster://")
	}
	return nil
}

func (a *address) setDB(text string) error {
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return errors.New("redis: what follows the slash in the URL must be the database's number")
	}
	if n > 0 && a.mode == cluster {
		return errors.New("redis: a Cluster has only database 0")
	}
	a.db = n
	return nil
}

func (a *address) setQuery(text string) error {
	values, err := url.ParseQuery(text)
	if err != nil {
		return errors.New("redis: what follows the ? in the URL is malformed")
	}
	for key := range values {
		if key != "master" || a.mode != sentinel {
			return fmt.Errorf("redis: the URL's parameter %q is not known here; only redis+sentinel:// has one: master", key)
		}
	}
	if a.master = values.Get("master"); a.mode == sentinel && a.master == "" {
		return errors.New("redis: redis+sentinel:// needs ?master=NAME, the name under which the Sentinels watch the master")
	}
	return nil
}
