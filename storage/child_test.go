//go:build !unix

package storage_test

func childJobs() map[string]func(dir string) error { return nil }
