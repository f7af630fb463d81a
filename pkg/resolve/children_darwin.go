package resolve

import "golang.org/x/sys/unix"

// zombie is the state of a process that has ended and was not waited for (SZOMB of sys/proc.h).
const zombie = 5

// processes reads the kernel's process table.
func processes() []process {
	table, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil
	}
	var out []process
	for _, p := range table {
		if p.Proc.P_stat != zombie {
			out = append(out, process{int(p.Proc.P_pid), int(p.Eproc.Ppid)})
		}
	}
	return out
}
