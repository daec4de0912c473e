package main

import (
	"olle/bot"
	"olle/bot/console"
	"olle/bot/gate"
)

// openConsole makes the organisers' pages.
func (w *parts) openConsole(b *bot.Bot, notice string) (*console.Console, error) {
	return console.New(console.Options{
		Handle: b.Handle, Store: w.store, Book: w.book, Files: w.files, Keep: b.Keep, Open: w.handOut, Retry: b.Retry, Drop: b.Drop,
		Font: w.font, Now: w.clock.Now, Peer: gate.Peer(w.settings.TrustedProxies), Log: w.log, URL: w.settings.PublicURL, Notice: notice,
	})
}

// openScreen makes the big screen of live quizzes.
func (w *parts) openScreen() (*console.Screen, error) {
	return console.NewScreen(console.ScreenOptions{Store: w.store, Now: w.clock.Now, Peer: gate.Peer(w.settings.TrustedProxies), Log: w.log, Site: w.book.Site, Title: w.book.Current.Short})
}

// notice is the banner of pages: that this is a demonstration, or that the clock was moved. "" is the ordinary case.
func (w *parts) notice() (text string) {
	e := w.book.Current
	if w.clock.Moved() {
		text = "The clock of this Olle stands at " + w.clock.Now().In(e.Zone).Format("2 January 2006, 15:04") + " " + e.ZoneTag + "."
	}
	if w.settings.Demonstration() {
		text = "Demonstration: please do not enter real personal data. " + text
	}
	return text
}
