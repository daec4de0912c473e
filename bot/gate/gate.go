// Package gate is what every HTTP address of Olle has before it: the headers that shut a page, rates per network address, the patience for
// bodies, and how styles, scripts and pictures are served.
//
// It hides which headers browsers want, how an address is told from behind a proxy and how many rates are remembered, and promises: an
// address that is not to be believed counts for nothing; memory stays bounded whoever knocks; one household is one address.
//
// It is separate from the web chat, the console and the networks because all of them stand behind it, and a rule that is written three
// times is forgotten once.
package gate

import (
	"maps"
	"net/http"
)

const (
	// Page lets a page load its own script, style and pictures, talk and send forms to its own server, and nothing else.
	Page = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
		"frame-ancestors 'none'; base-uri 'none'"
	// Talk is Page for the web chat, whose script also shows pictures it has fetched: an address of a page cannot carry the secret of a talk.
	Talk = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self'; " +
		"frame-ancestors 'none'; base-uri 'none'"
	// Nothing is for answers that are no pages.
	Nothing = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)

// Shut gives every answer the strictest headers there are, with a content security policy. What stands behind may set its own over them;
// what is added later without a thought is shut.
func Shut(policy string, next http.Handler) http.Handler {
	fixed := http.Header{
		"Content-Security-Policy":      {policy},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
		"Referrer-Policy":              {"no-referrer"},
		"Permissions-Policy":           {"camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		maps.Copy(rw.Header(), fixed)
		next.ServeHTTP(rw, r)
	})
}

// Private keeps answers out of caches and search engines.
func Private(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Cache-Control", "no-store")
		rw.Header().Set("X-Robots-Tag", "noindex")
		next.ServeHTTP(rw, r)
	})
}
