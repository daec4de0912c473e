package telegram

import (
	"fmt"
	"strconv"
	"strings"

	"olle/flows"
)

// place is where a message goes: a chat, and within a forum a topic.
type place struct {
	chat  int64
	topic int64
}

func (p place) address() flows.Address {
	if p.topic != 0 {
		return flows.Address(fmt.Sprintf("telegram:%d/%d", p.chat, p.topic))
	}
	return flows.Address("telegram:" + strconv.FormatInt(p.chat, 10))
}

// placeOf reads an address; ok is false when it is none of this platform.
func placeOf(a flows.Address) (p place, ok bool) {
	rest, ours := strings.CutPrefix(string(a), "telegram:")
	chat, topic, deep := strings.Cut(rest, "/")
	var err error
	if p.chat, err = strconv.ParseInt(chat, 10, 64); err != nil || !ours || p.chat == 0 {
		return place{}, false
	}
	if deep {
		if p.topic, err = strconv.ParseInt(topic, 10, 64); err != nil || p.topic <= 0 {
			return place{}, false
		}
	}
	return p, true
}

// handle is what Update.Reply carries: what to answer, and how to find it.
type handle struct {
	chat    int64
	thread  int64 // of a private chat with threads; a group's topic is in the address
	message int64 // in a group, the message that is answered; for a tap, the one with the buttons
	tap     string
}

func (h handle) String() string {
	return fmt.Sprintf("%d/%d/%d/%s", h.chat, h.thread, h.message, h.tap)
}

// handleOf reads a handle; what is none reads as empty.
func handleOf(s string) handle {
	parts := strings.SplitN(s, "/", 4)
	if len(parts) != 4 {
		return handle{}
	}
	var n [3]int64
	for i := range n {
		var err error
		if n[i], err = strconv.ParseInt(parts[i], 10, 64); err != nil {
			return handle{}
		}
	}
	return handle{n[0], n[1], n[2], parts[3]}
}
