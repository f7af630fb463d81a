package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// labDir is the folder with all files of a lab, so removing it removes the lab.
type labDir string

// newLabDir makes the path absolute, because kubeconfigs and server flags are used in other working directories.
func newLabDir(path string) (labDir, error) {
	if path == "" {
		return "", usagef("--dir must not be empty")
	}
	abs, err := filepath.Abs(path)
	return labDir(abs), err
}

func (d labDir) path(elem ...string) string {
	return filepath.Join(append([]string{string(d)}, elem...)...)
}

// Files that the documentation names (README.md lists them all).
func (d labDir) stateFile() string        { return d.path("lab.json") }
func (d labDir) lockFile() string         { return d.path("lock") }
func (d labDir) adminKubeconfig() string  { return d.path("kubeconfig") }
func (d labDir) servingCA() string        { return d.path("ca.crt") }
func (d labDir) apiServer() serverDir     { return serverDir(d) }
func (d labDir) labLog() string           { return d.path("lab.log") }
func (d labDir) binDir() string           { return d.path("bin") }
func (d labDir) token(user string) string { return d.path("tokens", user) }

// state is lab.json: the state of a lab for `up`, `down` and `status`, which also marks a folder as a lab's.
type state struct {
	Kind       string    `json:"kind"`
	Phase      phase     `json:"phase"`
	Doing      string    `json:"doing,omitempty"` // the current step of the start
	Error      string    `json:"error,omitempty"` // the reason for a failed start
	PID        int       `json:"pid"`
	Server     string    `json:"server,omitempty"`
	Etcd       string    `json:"etcd,omitempty"`
	Issuer     string    `json:"issuer,omitempty"` // of the OIDC issuer
	Kubernetes string    `json:"kubernetes"`
	Started    time.Time `json:"started"`
}

type phase string

const (
	stateKind = "authn-lab"

	phaseStarting phase = "starting"
	phaseReady    phase = "ready"
	phaseFailed   phase = "failed"
	phaseStopped  phase = "stopped"
)

// errNoLab means that the path does not exist or is an empty folder.
var errNoLab = errors.New("no lab")

// readState reads the state. It returns errNoLab if there is no lab, and another error for a folder that does not belong to a
// lab.
func (d labDir) readState() (state, error) {
	data, err := os.ReadFile(d.stateFile())
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(string(d))
		if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
			return state{}, errNoLab
		}
		if err != nil {
			return state{}, err
		}
		return state{}, fmt.Errorf("%s is not a lab's folder: it has no lab.json", d)
	}
	if err != nil {
		return state{}, err
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil || s.Kind != stateKind {
		return state{}, fmt.Errorf("%s is not a lab's folder: its lab.json is not one of authn-lab", d)
	}
	return s, nil
}

// writeState replaces lab.json atomically, because `up` reads it while the lab writes it.
func (d labDir) writeState(s state) error {
	s.Kind = stateKind
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	tmp := d.path(".lab.json")
	if err := os.WriteFile(tmp, append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, d.stateFile())
}

// errRunning means that processes of a lab hold the lock.
var errRunning = errors.New("a lab is already running there")

// lock takes the lab's lock without waiting. The API server inherits the open file, so the lock is free only after all processes
// of the lab have ended; unlike a process ID, it is never reused.
func (d labDir) lock() (*os.File, error) {
	f, err := os.OpenFile(d.lockFile(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errRunning
		}
		return nil, fmt.Errorf("cannot lock %s: %w", d.lockFile(), err)
	}
	return f, nil
}

// running reports whether a process of the lab runs.
func (d labDir) running() (bool, error) {
	f, err := d.lock()
	switch {
	case err == nil:
		return false, f.Close()
	case errors.Is(err, errRunning):
		return true, nil
	default:
		return false, err
	}
}

// create creates the folder, marks it with the state and takes its lock. It removes the files of a stopped lab, whose keys and
// ports are never used again. Other files are an error and are not removed.
func (d labDir) create(s state) (*os.File, error) {
	if _, err := d.readState(); err != nil && !errors.Is(err, errNoLab) {
		return nil, err
	}
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return nil, err
	}
	lock, err := d.lock()
	for began := time.Now(); errors.Is(err, errRunning) && time.Since(began) < time.Second; lock, err = d.lock() {
		time.Sleep(20 * time.Millisecond) // a `status` may hold the lock for a moment
	}
	if err != nil {
		return nil, err
	}
	if err := d.writeState(s); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		switch d.path(entry.Name()) {
		case d.lockFile(), d.stateFile(), d.labLog(): // lab.log is this process's standard error
		default:
			if err := os.RemoveAll(d.path(entry.Name())); err != nil {
				return nil, err
			}
		}
	}
	for _, sub := range []string{"bin", "oidc", "pki", "tokens"} {
		if err := os.Mkdir(d.path(sub), 0o700); err != nil {
			return nil, err
		}
	}
	// The folder contains private keys, so it must not be committed to a repository around it.
	return lock, os.WriteFile(d.path(".gitignore"), []byte("*\n"), 0o600)
}
