package discord

import (
	"context"
	"sync"
)

// maxWaiting is how many events may wait for their turn. When more come the gateway is not read any further; it keeps them.
const maxWaiting = 10_000

// lanes run tasks of one name one after the other, those of different names at once.
type lanes struct {
	ctx  context.Context
	room chan struct{}
	crew sync.WaitGroup

	mu      sync.Mutex
	waiting map[string][]func(context.Context)
}

func newLanes(ctx context.Context) *lanes {
	return &lanes{ctx: ctx, room: make(chan struct{}, maxWaiting), waiting: map[string][]func(context.Context){}}
}

// push adds a task. It waits while there is no room; a task pushed after the end of ctx does not run.
func (l *lanes) push(name string, task func(context.Context)) {
	select {
	case l.room <- struct{}{}:
	case <-l.ctx.Done():
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	queue, running := l.waiting[name]
	l.waiting[name] = append(queue, task)
	if !running {
		l.crew.Go(func() { l.drain(name) })
	}
}

// crowded says that something waits behind the task that runs.
func (l *lanes) crowded(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting[name]) > 0
}

func (l *lanes) drain(name string) {
	for {
		l.mu.Lock()
		queue := l.waiting[name]
		if len(queue) == 0 || l.ctx.Err() != nil {
			delete(l.waiting, name)
			l.mu.Unlock()
			return
		}
		task := queue[0]
		queue[0] = nil
		l.waiting[name] = queue[1:]
		l.mu.Unlock()
		task(l.ctx)
		<-l.room
	}
}
