package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
)

// A shell that completes a word waits for the answer, and the user for the shell: whatever
// there is after this time is the answer. With the start of kubectl it is below a second.
const (
	completionTime = 600 * time.Millisecond
	// completionGrace is for what no context ends: an exec plugin, a file that does not open.
	completionGrace = 100 * time.Millisecond
)

// quietPlugins are exec plugins that hand out what an earlier login left, or fail. Others
// may open a browser or ask for a password, which nobody expects who presses TAB.
var quietPlugins = []string{"aws", "aws-iam-authenticator", "doctl", "gke-gcloud-auth-plugin"}

var errNotQuiet = errors.New("the exec plugin is not run for a completion")

// asksForCompletion reports whether a shell asks what a word may become, in the protocol of
// cobra's scripts, which kubectl speaks as well.
func asksForCompletion(args []string) bool {
	return len(args) > 1 && (args[1] == cobra.ShellCompRequestCmd || args[1] == cobra.ShellCompNoDescRequestCmd)
}

// complete answers a shell within a time, or a little later, and without a word on standard error: the user is
// in the middle of a line.
func complete(ctx context.Context, args []string, env Env, within, grace time.Duration) int {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	// Into the file that this names, which others may read, cobra writes what is wrong with a
	// line, with the words of the line.
	_ = os.Unsetenv("BASH_COMP_DEBUG_FILE")
	stdout := env.Out
	env.In, env.Err = strings.NewReader(""), io.Discard
	plugin := make(chan func(), 1)
	s := newSession(env)
	takeLogs(io.Discard, s.redaction.secrets)
	s.connector.beforePlugin = quietly(env.Detach, plugin)
	// cobra and exec plugins write to standard error by themselves.
	s.connector.pluginStderr.Clean = func(string) string { return "" }
	if err := s.connector.pluginStderr.Attach(); err != nil {
		fmt.Fprintf(stdout, ":%d\n", cobra.ShellCompDirectiveNoFileComp)
		return exitYes
	}

	answered := make(chan []byte, 1)
	var lines []byte
	crash.Go(func() { lines = s.answer(ctx, args) }, func(*crash.Crash) {
		// After a crash there is no answer, and nothing to say in the middle of a line.
		answered <- lines
	})
	late := false
	select {
	case lines := <-answered:
		if len(lines) > 0 {
			_, _ = stdout.Write(lines)
			if ctx.Err() == nil {
				return exitYes
			}
			late = true
		}
	case <-time.After(within + grace):
	}
	if !late {
		// Nothing to offer, and no file names in its place.
		fmt.Fprintf(stdout, ":%d\n", cobra.ShellCompDirectiveNoFileComp)
	}
	select {
	case stop := <-plugin:
		stop()
	default:
	}
	return exitYes
}

// answer is what cobra makes of the words, without those that hold a secret.
func (s *session) answer(ctx context.Context, args []string) []byte {
	root := newRoot(s)
	addCompletions(root, s.connector)
	root.SetArgs(args[1:])
	var out bytes.Buffer
	root.SetOut(&out)
	if root.ExecuteContext(ctx) != nil {
		out.Reset()
	}
	return s.redaction.withoutSecrets(ownFlagsFirst(out.Bytes(), root.PersistentFlags()))
}

// ownFlagsFirst puts the flags that only this command has, which its user is after, before
// kubectl's, which cobra names first and shells sort in between.
func ownFlagsFirst(answer []byte, shared *pflag.FlagSet) []byte {
	words, directive, ok := strings.Cut(string(answer), "\n:")
	n, err := strconv.Atoi(strings.TrimSpace(directive))
	if !ok || err != nil || !strings.HasPrefix(words, "-") {
		return answer
	}
	var own, others []string
	for _, word := range strings.Split(words, "\n") {
		flag, _, _ := strings.Cut(word, "\t")
		name, long := strings.CutPrefix(flag, "--")
		if long && shared.Lookup(name) != nil || len(flag) == 2 && shared.ShorthandLookup(flag[1:]) != nil {
			others = append(others, word)
		} else {
			own = append(own, word)
		}
	}
	n |= int(cobra.ShellCompDirectiveKeepOrder)
	return fmt.Appendf(nil, "%s\n:%d\n", strings.Join(append(own, others...), "\n"), n)
}

// quietly has an exec plugin run for a completion, if it is one that asks nobody anything:
// without standard input, and without a terminal. running takes what ends it.
func quietly(detach func() (stop func(), ok bool), running chan<- func()) func(*clientcmdapi.ExecConfig) error {
	return func(plugin *clientcmdapi.ExecConfig) error {
		name := strings.TrimSuffix(filepath.Base(plugin.Command), ".exe")
		if !slices.Contains(quietPlugins, name) || detach == nil {
			return errNotQuiet
		}
		stop, ok := detach()
		if !ok {
			return errNotQuiet
		}
		running <- stop
		plugin.StdinUnavailable, plugin.StdinUnavailableMessage = true, "a word is being completed"
		return nil
	}
}
