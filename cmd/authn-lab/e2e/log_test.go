package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// summary has the fields of a LogSummary that these tests read.
type summary struct {
	Lines, Recognised, Failed int64
	Causes                    []struct {
		ID      string
		Count   int64
		Unit    string
		First   string
		Last    string
		Differs []struct {
			What   string
			Values []struct {
				Value string
				Count int64
			}
		}
	}
	Unknown *struct{ Count int64 }
}

func (s *summary) byCause() map[string]int64 {
	out := map[string]int64{}
	for _, c := range s.Causes {
		if c.Unit != "messages" {
			out[c.ID] += c.Count
		}
	}
	return out
}

// cost is the elapsed time, the CPU time and the memory in KiB of a process.
type cost struct {
	took, busy time.Duration
	kib        int64
}

func costOf(cmd *exec.Cmd, started time.Time) cost {
	state := cmd.ProcessState
	return cost{time.Since(started), state.UserTime() + state.SystemTime(), state.SysUsage().(*syscall.Rusage).Maxrss}
}

// add adds the times; of memory, it keeps the maximum.
func (c *cost) add(other cost) {
	c.took += other.took
	c.busy += other.busy
	c.kib = max(c.kib, other.kib)
}

// summarise runs `explain --log FILE`.
func summarise(tb testing.TB, file string) (s summary, c cost) {
	tb.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(runner.Plugin, "explain", "--log", file, "-o", "json")
	cmd.Stderr = &stderr
	var out bytes.Buffer
	cmd.Stdout = &out
	c, err := measure(cmd)
	if err != nil {
		tb.Fatalf("%v\n%s", err, stderr.String())
	}
	mustValidate(tb, out.Bytes())
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		tb.Fatal(err)
	}
	return s, c
}

// measure runs the plugin and returns its cost.
func measure(cmd *exec.Cmd) (cost, error) {
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	// This is the process's own peak: the value that the kernel reports at its end includes the peak of its
	// parent.
	var kib int64
	for {
		select {
		case err := <-ended:
			c := costOf(cmd, started)
			c.kib = kib
			return c, err
		case <-time.After(2 * time.Millisecond):
			kib = max(kib, highWater(cmd.Process.Pid))
		}
	}
}

// highWater returns the peak memory of a process in KiB; 0 before it is the plugin, and after its end.
func highWater(pid int) (kib int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil || !bytes.HasPrefix(status, []byte("Name:\tkubectl-authn\n")) {
		return 0
	}
	if _, after, ok := bytes.Cut(status, []byte("VmHWM:")); ok {
		_, _ = fmt.Sscan(string(after), &kib)
	}
	return kib
}

// grepped is the cost of grep for counting the failed authentications of a file.
func grepped(tb testing.TB, file string) cost {
	tb.Helper()
	cmd := exec.Command("grep", "-c", "Unable to authenticate", file)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	started := time.Now()
	if out, err := cmd.Output(); err != nil || len(strings.TrimSpace(string(out))) == 0 {
		tb.Fatalf("grep: %q, %v", out, err)
	}
	return costOf(cmd, started)
}

func busyFile(tb testing.TB, size int64) (name string, lines int64, causes map[string]int64) {
	tb.Helper()
	name = filepath.Join(tb.TempDir(), "kube-apiserver.log")
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	lines, causes, err = busyLog(f, size)
	if err != nil {
		tb.Fatal(err)
	}
	return name, lines, causes
}

// mostMemory bounds the memory of a log's summary, in KiB.
const mostMemory = 64 << 10

// TestBusyLog checks that the summary of a long log is complete, and that its memory stays within the limit.
// BenchmarkLog measures the time.
func TestBusyLog(t *testing.T) {
	file, lines, causes := busyFile(t, 256<<20)
	got, cost := summarise(t, file)
	var failed int64
	for cause, want := range causes {
		failed += want
		if n := got.byCause()[cause]; n != want {
			t.Errorf("%s: %d, want %d", cause, n, want)
		}
	}
	if got.Lines != lines || got.Failed != failed || len(got.byCause()) != len(causes) || got.Unknown != nil {
		t.Errorf("%d lines and %d failures, want %d and %d: %+v", got.Lines, got.Failed, lines, failed, got)
	}
	if cost.kib == 0 || cost.kib > mostMemory {
		t.Errorf("it took %d KiB of memory, more than %d", cost.kib, mostMemory)
	}
}

// BenchmarkLog alternates between whole processes: the summary of a log of 1 GiB, and grep that counts its
// failures.
func BenchmarkLog(b *testing.B) {
	file, _, _ := busyFile(b, 1<<30)
	var ours, theirs cost
	for b.Loop() {
		theirs.add(grepped(b, file))
		_, c := summarise(b, file)
		ours.add(c)
	}
	n := float64(b.N)
	b.ReportMetric(ours.took.Seconds()*1000/n, "summary-ms")
	b.ReportMetric(theirs.took.Seconds()*1000/n, "grep-ms")
	b.ReportMetric(ours.took.Seconds()/theirs.took.Seconds(), "ratio")
	b.ReportMetric(ours.busy.Seconds()/theirs.busy.Seconds(), "cpu-ratio")
	b.ReportMetric(float64(ours.kib)/1024, "MiB")
}
