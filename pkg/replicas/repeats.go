package replicas

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What a question is called where its answers are counted.
const (
	OnTheWire = "SelfSubjectReview"
	InReview  = "TokenReview"
)

// Count is how often one answer came.
type Count struct {
	// Server is the URL of the one that was asked, where there is more than one.
	Server string
	// Question is SelfSubjectReview or TokenReview.
	Question string
	// Answer is the answer in words; of those that differ in UIDs and times only, the first.
	Answer    finding.Text
	Times, Of int
}

// mostOfAnswer is how much of an answer is shown where it is counted, in bytes.
const mostOfAnswer = 200

// Counts says how often each answer came to a credential about which a server was asked
// more than once, the most frequent first.
func Counts(c *diagnose.Case) []Count {
	var out []Count
	often := false
	for _, server := range Asked(c) {
		for _, question := range []string{OnTheWire, InReview} {
			said := Replies(c, server, question)
			often = often || len(said) > 1
			from := len(out)
			var keys []string
			for _, a := range said {
				i := slices.Index(keys, a.Key)
				if i < 0 {
					i = len(keys)
					keys = append(keys, a.Key)
					count := Count{"", question, a.Text.Cut(mostOfAnswer), 0, len(said)}
					if len(c.Endpoints) > 0 {
						count.Server = c.Endpoints[server].URL
					}
					out = append(out, count)
				}
				out[from+i].Times++
			}
			slices.SortStableFunc(out[from:], func(a, b Count) int { return b.Times - a.Times })
		}
	}
	if !often && len(c.Endpoints) > 0 {
		// Each was asked once.
		return nil
	}
	return out
}

// Asked are the indices of the servers that were asked about the subject in focus.
func Asked(c *diagnose.Case) []int {
	var out []int
	for _, a := range c.Subject().Attempts {
		if !slices.Contains(out, a.Endpoint) {
			out = append(out, a.Endpoint)
		}
	}
	return out
}

// Opinion is what an answer says of a credential.
type Opinion int

const (
	NoOpinion Opinion = iota
	Accepts
	Refuses
	SeesNobody
)

// Reply is an answer in words; Key is the same where answers differ in UIDs and times only.
type Reply struct {
	Opinion Opinion
	Text    finding.Text
	Key     string
}

// Replies are a server's answers to one question, in their order.
func Replies(c *diagnose.Case, server int, question string) []Reply {
	var out []Reply
	for _, a := range c.Subject().Attempts {
		if a.Endpoint != server || question == InReview && a.Review.State == evidence.NotLooked {
			continue
		}
		s := wireSaying(a.Wire)
		if question == InReview {
			s = reviewSaying(c.Audiences, a.Review)
		}
		s.Key = sameAs(s.Text.String())
		out = append(out, s)
	}
	return out
}

func wireSaying(w evidence.Fact[evidence.Answer]) Reply {
	switch a := w.Value; {
	case !w.Known():
		return Reply{Opinion: NoOpinion, Text: finding.T("no answer: %s", w.Reason())}
	case a.User != nil && a.User.Username == diagnose.AnonymousUser:
		return Reply{Opinion: SeesNobody, Text: finding.T("served as " + diagnose.AnonymousUser)}
	case diagnose.NamesUser(a.User):
		return Reply{Opinion: Accepts, Text: finding.T("accepted as %s", finding.User.Of(a.User.Username).Whole())}
	case !a.FromAPIServer:
		return Reply{Opinion: NoOpinion, Text: finding.T("%s, and not by an API server", finding.Count(a.Status))}
	case a.Status == 401:
		return Reply{Opinion: Refuses, Text: answered(a)}
	default:
		return Reply{Opinion: NoOpinion, Text: answered(a)}
	}
}

// answered is the status of an answer, and its message.
func answered(a evidence.Answer) finding.Text {
	status := finding.T("%s", finding.Count(a.Status))
	if message := strings.TrimRightFunc(a.Message, unicode.IsSpace); message != "" {
		return finding.T("%s %s", status, finding.Message(message))
	}
	return status
}

func reviewSaying(asked []string, r evidence.Fact[evidence.ReviewStatus]) Reply {
	switch v := r.Value; {
	case !r.Known():
		return Reply{Opinion: NoOpinion, Text: finding.T("no answer: %s", r.Reason())}
	case diagnose.ReviewAccepts(asked, v):
		return Reply{Opinion: Accepts, Text: finding.T("accepted as %s", finding.User.Of(v.User.Username).Whole())}
	case diagnose.ReviewNamesUser(v):
		return Reply{Opinion: Refuses, Text: finding.T("accepted as %s for other audiences", finding.User.Of(v.User.Username).Whole())}
	case v.Authenticated:
		return Reply{Opinion: SeesNobody, Text: finding.T("reviewed as " + diagnose.AnonymousUser)}
	case v.Error == "":
		return Reply{Opinion: Refuses, Text: finding.T("refused without a word")}
	default:
		return Reply{Opinion: Refuses, Text: finding.T("rejected: %s", finding.Message(v.Error))}
	}
}

// volatile is what differs from one answer to the next of the same server.
var volatile = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?: ?[+-][0-9:]+)?(?: ?[A-Z]+)?(?: m=[+-][0-9.]+)?|:[0-9]{4,5}->|[0-9.]+(?:ns|µs|ms|s)\b`)
})

// sameAs is a text without the UIDs and times in it.
func sameAs(text string) string { return volatile().ReplaceAllString(text, "…") }

// Changes counts how often the answer became another one; what was no answer is left out.
func Changes(said []Reply) int {
	runs := slices.CompactFunc(spoken(said), func(a, b Reply) bool { return a.Key == b.Key })
	return max(0, len(runs)-1)
}

// Opinions are what the answers say, each once.
func Opinions(said []Reply) []Opinion {
	var out []Opinion
	for _, s := range spoken(said) {
		out = append(out, s.Opinion)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// spoken are the replies that say something of the credential.
func spoken(said []Reply) []Reply {
	return slices.DeleteFunc(slices.Clone(said), func(r Reply) bool { return r.Opinion == NoOpinion })
}
