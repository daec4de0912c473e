package discord

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"olle/flows"
)

// Room gives a person the role that opens the cohort's channels, or takes it away. Giving it twice is like giving it once. Who is not on
// the server yet is Absent: the invitation is theirs to follow, and the role is given when they have come.
func (d *Discord) Room(ctx context.Context, person flows.Address, c flows.CohortArgs) (flows.Room, error) {
	if d.opt.Guild == "" {
		return flows.Room{}, errors.New("discord: roles need a server: set OLLE_DISCORD_GUILD to its ID")
	}
	user := strings.TrimPrefix(string(person), "discord:")
	if !numeric(user) || !numeric(c.Role) {
		return flows.Room{}, errors.New("discord: cohort.discord_role is no role's ID: change it (olle event set) to the number that Discord copies from the role's menu in developer mode")
	}
	r := &request{method: http.MethodPut, path: "/guilds/%s/members/%s/roles/%s", args: []string{d.opt.Guild, user, c.Role}, patience: 5 * time.Second}
	if !c.Join {
		r.method = http.MethodDelete
	}
	err := d.call(ctx, r, nil)
	var no *refusal
	if errors.As(err, &no) && no.status == http.StatusNotFound && (no.code == 10007 || no.code == 10013) { // unknown member, unknown user
		return flows.Room{Absent: true}, nil
	}
	return flows.Room{}, err
}

func numeric(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
