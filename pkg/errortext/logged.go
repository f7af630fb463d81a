package errortext

import (
	"bytes"
	"slices"
	"sync"
)

// Refusal is the beginning of the message that an API server logs for each 401, with the reason as
// its err.
const Refusal = unable

// beginnings has, by first byte, the beginnings of the other log messages about authentication.
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
	add(frontProxy())
	add(componentLog)
	add(serverBootstrap)
	add(serverServiceAccountDetail)
	for _, table := range [][]pattern{serverWebhook, serverOIDC, serverRequest, serverReview} {
		add(loggedOf(table))
	}
	return &out
})

// componentLog has the beginnings of an API server's log messages about connections to kubelets and
// webhooks.
//
// k8s.io/apiserver pkg/endpoints/handlers/responsewriters/status.go,
// pkg/admission/plugin/webhook.
var componentLog = []pattern{
	{text: `apiserver received an error that is not an metav1.Status: {error...}`},
	{text: `Unhandled Error" err="apiserver received an error that is not an metav1.Status: {error...}`},
	{text: `Failed calling webhook, failing {policy...}`},
	{text: `failed calling webhook {name...}`},
}

// Logged reports whether a log message, which is not a Refusal, may be a message that Find
// recognizes. For speed, it compares only the beginning.
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

// loggedOf returns the patterns of a table that are log messages of their own.
func loggedOf(table []pattern) []pattern {
	return slices.DeleteFunc(slices.Clone(table), func(p pattern) bool { return !p.logged })
}
