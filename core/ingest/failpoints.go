package ingest

import "sidestage/core"

func registerFailpoints() {
	core.RegisterFailpoints("ingest/before-receipt", "ingest/after-receipt")
}
