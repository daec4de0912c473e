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
	{"REV", "rev", "string: counter of commits; the last revision given out"},
	{"SEQ", "seq", "string: counter of pushes and claims"},
	{"KEYS_OF_DOCS", "keys", "zset, score 0: keys of all documents, for List"},
	{"UNTIL", "until", "zset: keys of documents that end, by µs of program time"},
	{"JOB_IDS", "jobs", "zset, score 0: IDs of all jobs, for Jobs"},
	{"DOC", "d:", "hash per document: r revision, u ns of program time at which it ends or '', d data"},
	{"ONCE", "o:", "string per Once name, PX 72 h: nonce, revision, last seq before the commit"},
	{"JOB", "j:", "hash per job: q queue, l lane, b bulk 0|1, a At in ns or '', d data, o Born in ns, s seq, n times claimed"},
	{"LEASE", "e:", "string per lease, PX: its owner"},
	{"CLOSED", "p:", "string per paused queue, PX: µs of real time at which it opens"},
	{"TAT", "g:", "string per rated queue, PX: GCRA's theoretical arrival time, µs of real time"},
	{"LINE", "r:", "zset per queue: open lanes with due jobs, by µs of real time since when they could go (next job bulk: + 2^52)"},
	{"BUSY", "b:", "zset per queue: claimed or paused lanes, by µs of real time at which they open"},
	{"WAIT_LIVE", "w:", "zset per queue: live jobs not due yet, by µs of program time"},
	{"WAIT_BULK", "v:", "zset per queue: bulk jobs not due yet, likewise"},
	{"LANE", "l:", "zset per lane: due jobs, claimed or not, by seq (bulk: 2^52 + seq)"},
	{"STATE", "s:", "hash per claimed or paused lane: t token, j job, u µs at which the claim ends; p µs at which the pause ends"},
	{"CHANNEL", "c:", "pub/sub channel per kind of document: lengths and keys that changed"},
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
func channel(root, kind string) string { return root + part("CHANNEL") + kind }

// script is one Lua program: the names above as locals, then shared parts, then its own file.
type script struct{ name, source, sha string }

func newScript(name string, parts ...string) *script {
	var b strings.Builder
	b.WriteString("local root = KEYS[1]\n")
	all := strings.Join(parts, "\n")
	for _, n := range names {
		if strings.Contains(all, n.lua) { // unused locals would only cost time
			fmt.Fprintf(&b, "local %s = root .. '%s'\n", n.lua, n.part)
		}
	}
	b.WriteString(all)
	sum := sha1.Sum([]byte(b.String()))
	return &script{name: name, source: b.String(), sha: hex.EncodeToString(sum[:])}
}

var (
	//go:embed lua/args.lua
	argsLua string
	//go:embed lua/lanes.lua
	lanesLua string
	//go:embed lua/commit.lua
	commitLua string
	//go:embed lua/claim.lua
	claimLua string
	//go:embed lua/load.lua
	loadLua string
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
)

// The scripts. KEYS[1] is always the root and nothing else: which lanes a commit frees or a claim takes is known only inside, and
// a Cluster asks KEYS[1] alone for the slot. The root itself is never written, on purpose: while an administrator moves the slot
// to another master, a missing KEYS[1] makes Redis answer ASK before the first line runs, so no script ever sees half of the keys.
var (
	commitScript = newScript("commit", argsLua, lanesLua, commitLua)
	claimScript  = newScript("claim", argsLua, lanesLua, claimLua)
	loadScript   = newScript("load", loadLua)
	listScript   = newScript("list", argsLua, listLua)
	jobsScript   = newScript("jobs", argsLua, jobsLua)
	leaseScript  = newScript("lease", leaseLua)

	backlogScript = newScript("backlog", argsLua, backlogLua)

	copyScript  = newScript("copy", argsLua, copyLua)
	raiseScript = newScript("raise", raiseLua)

	scripts = []*script{commitScript, claimScript, loadScript, listScript, jobsScript, leaseScript, backlogScript, copyScript, raiseScript}
)
