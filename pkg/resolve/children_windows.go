package resolve

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// processes takes a snapshot of the process table.
func processes() []process {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil
	}
	defer windows.CloseHandle(snapshot)
	var out []process
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err := windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		out = append(out, process{int(entry.ProcessID), int(entry.ParentProcessID)})
	}
	return out
}

// freeze does nothing: on Windows, an orphan keeps the ID of its parent.
func freeze(int) {}

// stop kills a process: Windows has no request to end.
func stop(id int, _ bool) {
	if p, err := os.FindProcess(id); err == nil {
		_ = p.Kill()
	}
}
