package redis

import (
	"crypto/sha1"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
)

// Every key of an installation starts with its root, "{name}:". The braces make the name the hash tag, so all keys of one
// installation live in one slot of a Cluster and one script may touch any of them.
func root(name string) string { return "{" + name + "}:" }

// names are all key names in use, by the word the scripts know them by. What follows the root is short because it is stored with
// every document and job. A queue or lane may hold any bytes; lane keys therefore carry the length of the queue's name.
var names = []struct{ lua, part, kind string }{
	{"NUMBER", "n", "string: the last number given out, for the revision of a commit, a push or a claim; a number is at least µs of real time"},
	{"FENCE", "rev", "string: the layout of the data, where releases before it counted commits"},
	{"FENCE_TOO", "seq", "string: the same, where they counted pushes"},
	{"KEYS_OF_DOCS", "keys", "zset, score 0: keys of all documents, for List"},
	{"UNTIL", "until", "zset: keys of documents that end, by µs of program time"},
	{"JOB_IDS", "jobs", "zset, score 0: IDs of all jobs but the held ones, for Jobs"},
	{"QUEUES", "queues", "set: queues that have a QUEUE"},
	{"COPYING", "copying", "string, PX: while it is there, commits announce documents of every kind"},
	{"WATCHED", "a:", "string per watched kind of document, PX: while it is there, commits announce documents of that kind"},
	{"HEAD", "h:", "string per document: revision, then, if it ends, a space and ns of program time"},
	{"DOC", "d:", "string per document: its data"},
	{"ONCE", "o:", "string per Once name, PX 72 h: nonce, revision or 0, the commit's number or 0"},
	{"JOB", "j:", "string per job: seq,tries,born (none of it for a held one), bulk 0|1, At, lengths of queue and lane, queue, lane, data"},
	{"LEASE", "e:", "string per lease, PX: its owner"},
	{"QUEUE", "i:", "string per queue, packed: when its pause ends, GCRA's theoretical arrival time, when the first of what waits is due, when the first in HELD may lapse"},
	{"LINE", "r:", "zset per queue: open lanes with due jobs, by µs of real time since when they could go (next job bulk: + 2^52)"},
	{"BUSY", "b:", "zset per queue: claimed or paused lanes, by µs of real time at which they open"},
	{"HELD", "x:", "set per queue: lanes with a job that was claimed at its birth"},
	{"WAIT_LIVE", "w:", "zset per queue: live jobs not due yet, by µs of program time"},
	{"WAIT_BULK", "v:", "zset per queue: bulk jobs not due yet, likewise"},
	{"LANE", "l:", "zset per lane: due jobs that nobody has claimed, by seq (bulk: 2^52 + seq)"},
	{"STATE", "s:", "string per lane with due jobs, a claim or a pause, see read_lane"},
	{"CHANNEL", "c:", "pub/sub channel per kind of document: lengths and keys that changed"},
}

// parts are those that this side writes too.
var parts = struct {
	number, once, head, doc, queue, state, job, copying, watched, channel string
}{
	part("NUMBER"), part("ONCE"), part("HEAD"), part("DOC"), part("QUEUE"), part("STATE"), part("JOB"), part("COPYING"), part("WATCHED"), part("CHANNEL"),
}

func part(lua string) string {
	for _, n := range names {
		if n.lua == lua {
			return n.part
		}
	}
	panic("redis: no key name " + lua)
}

// channel is where commits announce the documents of one kind.
func channel(root, kind string) string { return root + parts.channel + kind }

// script is one Lua program: shared parts, then its own file, each after those of the names above that it is the first to use.
type script struct {
	name, source string
	hash         any // its SHA-1 in hex, as a command takes it
}

func newScript(name string, parts ...string) *script {
	var b strings.Builder
	b.WriteString("local root = KEYS[1]\n")
	named := map[string]bool{}
	for _, part := range parts {
		for _, n := range names {
			if !named[n.lua] && uses(part, n.lua) { // each costs time, and most calls end in the first part
				named[n.lua] = true
				fmt.Fprintf(&b, "local %s = root .. '%s'\n", n.lua, n.part)
			}
		}
		b.WriteString(part + "\n")
	}
	sum := sha1.Sum([]byte(b.String()))
	return &script{name: name, source: b.String(), hash: hex.EncodeToString(sum[:])}
}

// uses says whether a program uses a name, which is a word in capital letters: in a comment it does not count.
func uses(lua, name string) bool {
	capital := func(c byte) bool { return c == '_' || c >= 'A' && c <= 'Z' }
	for end := 0; ; {
		at := strings.Index(lua[end:], name)
		if at < 0 {
			return false
		}
		start := end + at
		end = start + len(name)
		before := lua[strings.LastIndexByte(lua[:start], '\n')+1 : start]
		if !strings.Contains(before, "--") && (before == "" || !capital(before[len(before)-1])) && (end == len(lua) || !capital(lua[end])) {
			return true
		}
	}
}

var (
	//go:embed lua/args.lua
	argsLua string
	//go:embed lua/lanes.lua
	lanesLua string
	//go:embed lua/turn.lua
	turnLua string
	//go:embed lua/commit.lua
	commitLua string
	//go:embed lua/claim.lua
	claimLua string
	//go:embed lua/list.lua
	listLua string
	//go:embed lua/jobs.lua
	jobsLua string
	//go:embed lua/lease.lua
	leaseLua string
	//go:embed lua/copy.lua
	copyLua string
	//go:embed lua/raise.lua
	raiseLua string
	//go:embed lua/backlog.lua
	backlogLua string
	//go:embed lua/layout.lua
	layoutLua string
)

// The scripts. KEYS[1] is always the root and nothing else: which lanes a commit frees or a claim takes is known only inside, and
// a Cluster asks KEYS[1] alone for the slot. The root itself is never written, on purpose: while an administrator moves the slot
// to another master, a missing KEYS[1] makes Redis answer ASK before the first line runs, so no script ever sees half of the keys.
var (
	commitScript = newScript("commit", turnLua, argsLua, lanesLua, commitLua)
	claimScript  = newScript("claim", argsLua, lanesLua, claimLua)
	listScript   = newScript("list", argsLua, listLua)
	jobsScript   = newScript("jobs", argsLua, jobsLua)
	leaseScript  = newScript("lease", leaseLua)

	backlogScript = newScript("backlog", argsLua, backlogLua)

	copyScript   = newScript("copy", argsLua, copyLua)
	raiseScript  = newScript("raise", raiseLua)
	layoutScript = newScript("layout", argsLua, layoutLua)

	scripts = []*script{commitScript, claimScript, listScript, jobsScript, leaseScript, backlogScript, raiseScript}
)
