package cmd

import (
	"syscall"
	"unsafe"
)

// freeSpace is how many bytes the owner of dir can still write there.
func freeSpace(dir string) (bytes int64, known bool) {
	path, err := syscall.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	ask := syscall.NewLazyDLL("kernel32.dll").NewProc("GetDiskFreeSpaceExW")
	ok, _, _ := ask.Call(uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(&bytes)), 0, 0)
	return bytes, ok != 0
}
