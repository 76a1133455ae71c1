package desk_test

import (
	"testing"
	"time"

	"sidestage/core"
	"sidestage/core/api"
)

func TestPlaybackMovesToTheDeviceThatIsPicked(t *testing.T) {
	evening(t, func(w *world, c *api.Client) {
		all, err := c.Devices(w.t.Context())
		if err != nil || len(all) == 0 || all[0].ID == "" || all[0].Name == "" {
			t.Fatalf("%+v, %v", all, err)
		}
		w.check(w.sim.Pause())
		for _, by := range []string{all[0].ID, " " + all[0].Name} {
			got, err := c.PickDevice(w.t.Context(), api.DeviceRequest{Device: by})
			if err != nil || got.Name != all[0].Name || !got.Active {
				t.Errorf("%q: %+v, %v", by, got, err)
			}
		}
		time.Sleep(time.Second)
		if !w.sim.Player().Playing {
			t.Error("nothing plays there")
		}
		for device, want := range map[string]core.Kind{"": core.Invalid, "Toaster": core.NotFound} {
			if _, err := c.PickDevice(w.t.Context(), api.DeviceRequest{Device: device}); core.KindOf(err) != want {
				t.Errorf("%q: %v", device, err)
			}
		}
	})
}
