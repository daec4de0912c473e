package redistest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// StartCluster starts three masters that share all slots, and returns the Cluster's URL.
func StartCluster(t testing.TB, args ...string) (url string) {
	t.Helper()
	return NewCluster(t, args...).URL()
}

// Cluster is three masters and the replicas added to them.
type Cluster struct {
	t       testing.TB
	args    []string
	Masters []*Server
	meeting int // cluster port of the first master, where the others join
}

// NewCluster starts three masters that share all slots and waits until they agree on that. A master that is silent for two
// seconds is given up.
func NewCluster(t testing.TB, args ...string) *Cluster {
	t.Helper()
	c := &Cluster{t: t, args: args}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for i, last := range []int{5460, 10921, 16383} {
		s := c.join(ctx)
		must(t, s.Client(nil).ClusterAddSlotsRange(ctx, i*5461, last).Err())
		c.Masters = append(c.Masters, s)
	}
	for _, s := range c.Masters {
		c.settled(ctx, s, 3)
	}
	return c
}

// join starts a node and introduces it to the first.
func (c *Cluster) join(ctx context.Context) *Server {
	c.t.Helper()
	port := freePort(c.t)
	s := NewServer(c.t, append([]string{
		"--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(port), "--cluster-node-timeout", "2000",
	}, c.args...)...)
	if c.meeting == 0 {
		c.meeting = port
		return s
	}
	must(c.t, s.Client(nil).Do(ctx, "cluster", "meet", "127.0.0.1", c.Masters[0].port, c.meeting).Err())
	return s
}

func (c *Cluster) settled(ctx context.Context, s *Server, nodes int) {
	c.t.Helper()
	client := s.Client(nil)
	await(c.t, ctx, "Cluster that agrees", func() bool {
		info := client.ClusterInfo(ctx).Val()
		return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d\r", nodes))
	})
}

// AddReplica starts a replica of a master, which takes its place when that falls silent. A Cluster here has one replica at most.
func (c *Cluster) AddReplica(master *Server) *Server {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s := c.join(ctx)
	c.settled(ctx, s, len(c.Masters)+1)
	client := s.Client(nil)
	must(c.t, client.ClusterReplicate(ctx, master.Client(nil).ClusterMyID(ctx).Val()).Err())
	await(c.t, ctx, "replica in step", func() bool {
		return strings.Contains(client.Info(ctx, "replication").Val(), "master_link_status:up")
	})
	return s
}

// URL names all masters.
func (c *Cluster) URL() string {
	var addrs []string
	for _, s := range c.Masters {
		addrs = append(addrs, s.Addr())
	}
	return "redis+cluster://" + strings.Join(addrs, ",")
}
