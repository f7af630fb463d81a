package serve

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// watched is what files contain. They are read again when they change.
type watched[T any] struct {
	// names are the files. An error names the flag of a file.
	names []string
	flags []string
	read  func(name string) ([]byte, error)
	parse func(content [][]byte) (T, error)
	now   func() time.Time
	// warn reports files that cannot be used any more.
	warn func(error)

	mu      sync.Mutex
	value   T
	content [][]byte
	looked  time.Time
}

// lookAgain is how long a change of a file may go unnoticed.
const lookAgain = time.Second

// current returns the value of the files as they are. Files that cannot be used, such as one that is being written,
// leave the earlier value; without one, the error is returned.
func (w *watched[T]) current() (T, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.content != nil && w.now().Sub(w.looked).Abs() < lookAgain {
		return w.value, nil
	}
	w.looked = w.now()
	if err := w.load(); err != nil {
		if w.content == nil {
			return w.value, err
		}
		w.warn(err)
	}
	return w.value, nil
}

// load reads the files, and parses them if one has changed.
func (w *watched[T]) load() error {
	var content [][]byte
	for i, name := range w.names {
		data, err := w.read(name)
		if err != nil {
			return finding.Errorf("%s: %s", finding.Standard(w.flags[i]), finding.Err(err))
		}
		content = append(content, data)
	}
	if w.content != nil && slices.EqualFunc(content, w.content, bytes.Equal) {
		return nil
	}
	value, err := w.parse(content)
	if err != nil {
		return err
	}
	w.value, w.content = value, content
	return nil
}
