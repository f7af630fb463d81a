package resolve

import (
	"bytes"
	osexec "os/exec"
	"runtime"
	"testing"
	"time"
)

// No child of a stopped program remains: neither one that has just started nor one that ignores the signal.
func TestEndLeavesNothing(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("the program is a shell script, and the system has to tell who started it")
	}
	for name, script := range map[string]string{
		"starts others":             `i=0; while [ $i -lt 200 ]; do sleep 300 & i=$((i+1)); done; wait`,
		"starts others when asked":  `trap 'sleep 300 & sleep 300 &' TERM; sleep 300 & wait; sleep 300`,
		"ignores it":                `trap '' TERM; sleep 300; sleep 300`,
		"starts one that starts it": `sh -c 'sh -c "sleep 300 & sleep 300"'`,
	} {
		for range 3 {
			others := children()
			cmd := osexec.Command("sh", "-c", script)
			cmd.Stdout = &bytes.Buffer{} // Wait waits for all processes that could still write to it.
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			time.Sleep(20 * time.Millisecond)
			end(others)
			select {
			case <-ended:
			case <-time.After(time.Minute):
				t.Fatalf("%s: something is left", name)
			}
		}
	}
}
