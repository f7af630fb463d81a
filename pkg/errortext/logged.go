package errortext

import (
	"bytes"
	"slices"
	"sync"
)

// Refusal begins the message that an API server logs for each request that it answers
// with 401, with the reason as its err.
const Refusal = unable

// beginnings are those of the other messages in a log that say something about
// authentication, by their first byte.
var beginnings = sync.OnceValue(func() *[256][][]byte {
	var out [256][][]byte
	add := func(table []pattern) {
		for _, p := range table {
			if first := pieces(p.text)[0]; first.kind == literal {
				text := []byte(first.text)
				if of := &out[text[0]]; !slices.ContainsFunc(*of, func(b []byte) bool { return bytes.Equal(b, text) }) {
					*of = append(*of, text)
				}
			}
		}
	}
	add(serverHandshake)
	add(serverBootstrap)
	add(serverServiceAccountDetail)
	for _, table := range [][]pattern{serverWebhook, serverOIDC, serverRequest, serverReview} {
		add(loggedOf(table))
	}
	return &out
})

// Logged reports whether a message of an API server's log, which is not a Refusal, may
// be one that Find knows: it looks at the beginning alone, and is quick to say no.
func Logged(message []byte) bool {
	if len(message) == 0 {
		return false
	}
	for _, b := range beginnings()[message[0]] {
		if bytes.HasPrefix(message, b) {
			return true
		}
	}
	return false
}

// loggedOf are the messages of a table that stand in the log by themselves.
func loggedOf(table []pattern) []pattern {
	return slices.DeleteFunc(slices.Clone(table), func(p pattern) bool { return !p.logged })
}
