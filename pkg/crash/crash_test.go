package crash

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// A panic of the runtime is reported with its text. Any other value may quote input, and is not reported.
func TestCause(t *testing.T) {
	const secret = "hunter2-hunter2"
	var (
		list  []int
		names map[string]int
		none  *Crash
		any1  any = secret
	)
	for want, f := range map[string]func(){
		"runtime error: index out of range [3] with length 0":              func() { _ = list[len(secret)-12] },
		"runtime error: slice bounds out of range [:15] with capacity 0":   func() { _ = list[:len(secret)] },
		"runtime error: invalid memory address or nil pointer dereference": func() { none.Cause = "" },
		"runtime error: integer divide by zero":                            func() { _ = 1 / len(list) },
		"assignment to entry in nil map":                                   func() { names[secret] = 1 },
		"interface conversion: interface {} is string, not int":            func() { _ = any1.(int) },
		"panic called with nil argument":                                   func() { panic(nil) },
		"panic with a value of type crash.foreign":                         func() { panic(foreign(secret)) },
		"panic with a value of type string":                                func() { panic(secret) },
		"panic with a value of type *errors.errorString":                   func() { panic(errors.New(secret)) },
		"panic with a value of type *fmt.wrapError":                        func() { panic(fmt.Errorf(secret+" %w", errors.ErrUnsupported)) },
		"panic with a value of type map[string]string":                     func() { panic(map[string]string{secret: secret}) },
		"panic with a value of type struct { hunter2 string }":             func() { panic(struct{ hunter2 string }{secret}) },
		"hash of unhashable type: []string":                                func() { _ = map[any]int{}[[]string{secret}] },
	} {
		c := Catch(f)
		if c == nil || strings.TrimSuffix(c.Cause, "\n") != want {
			t.Errorf("got %v, want %q", c, want)
			continue
		}
		if !strings.Contains(string(c.Stack), "pkg/crash.TestCause") {
			t.Errorf("the stack of %q does not show where it happened:\n%s", want, c.Stack)
		}
		if strings.Contains(string(c.Stack), secret) || strings.Contains(c.Cause, secret) {
			t.Errorf("%q quotes the value", want)
		}
	}
	if c := Catch(func() {}); c != nil {
		t.Errorf("%+v for a function that returns", c)
	}
}

// A group ends when all its goroutines have ended, and panics with the stack of the goroutine that panicked.
func TestGroup(t *testing.T) {
	var g Group
	done := make(chan bool, 3)
	for n := range 3 {
		g.Go(func() {
			defer func() { done <- true }()
			if n == 1 {
				panicking()
			}
		})
	}
	// A panic that is caught twice, as in a group within a group, stays the same.
	c := Catch(func() {
		if again := Catch(g.Wait); again != nil {
			panic(again)
		}
	})
	if c == nil || c.Cause != "panic with a value of type string" || !strings.Contains(string(c.Stack), "pkg/crash.panicking") {
		t.Fatalf("%+v", c)
	}
	if len(done) != 3 {
		t.Errorf("%d of 3 have ended", len(done))
	}
	var fine Group
	fine.Go(func() {})
	fine.Wait()
}

// foreign is an error that only claims to be the runtime's.
type foreign string

func (f foreign) Error() string { return string(f) }
func (foreign) RuntimeError()   {}

func panicking() { panic("secret") }
