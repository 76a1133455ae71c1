package storage_test

import (
	"context"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"sidestage/storage"
)

func BenchmarkUpdateAlone(b *testing.B) {
	db := open(b, b.TempDir(), storage.Options{})
	for i := 0; b.Loop(); i++ {
		set(b, db, "k", strconv.Itoa(i))
	}
}

func BenchmarkUpdate16AtOnce(b *testing.B) {
	db := open(b, b.TempDir(), storage.Options{})
	b.SetParallelism(max(1, 16/runtime.GOMAXPROCS(0)))
	var n atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			if err := db.Update(context.Background(), func(tx *storage.Tx) error {
				return tx.SetMeta(strconv.FormatInt(i%100, 10), strconv.FormatInt(i, 10))
			}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkView(b *testing.B) {
	db := open(b, b.TempDir(), storage.Options{})
	set(b, db, "k", "v")
	for b.Loop() {
		value(b, db, "k")
	}
}
