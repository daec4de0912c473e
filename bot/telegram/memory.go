package telegram

import "sync"

// memory is a map that forgets: it keeps between one and two times size of the newest entries. Nothing true hangs on it; what it
// has forgotten costs one more call or one doubled message.
type memory[K comparable, V any] struct {
	mu       sync.Mutex
	size     int
	now, old map[K]V
}

func newMemory[K comparable, V any](size int) *memory[K, V] {
	return &memory[K, V]{size: size, now: map[K]V{}}
}

func (m *memory[K, V]) get(k K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.find(k)
}

func (m *memory[K, V]) find(k K) (V, bool) {
	if v, ok := m.now[k]; ok {
		return v, true
	}
	v, ok := m.old[k]
	return v, ok
}

func (m *memory[K, V]) put(k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.now) >= m.size {
		m.old, m.now = m.now, make(map[K]V, m.size)
	}
	m.now[k] = v
}
