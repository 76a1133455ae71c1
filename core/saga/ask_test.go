package saga_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sidestage/core"
	"sidestage/core/saga"
)

func TestAQuestionWaitsForAPersonAndNothingIsInDoubt(t *testing.T) {
	errUnwanted := core.Because(core.Denied, "unwanted", "nobody wants it")
	for name, c := range map[string]struct {
		yes  bool
		want saga.State
		told []string
	}{
		"yes": {true, saga.Completed, []string{"a"}},
		"no":  {false, saga.Compensated, []string{"refund"}},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				var did diary
				k := one(func(ctx context.Context, r *run) error {
					err := saga.Ask{Name: "wanted", Question: "is it wanted"}.Do(ctx, r)
					if core.ReasonOf(err) == saga.ReasonNo {
						return errUnwanted
					}
					if err != nil {
						return err
					}
					return body(did.effect("a", nil))(ctx, r)
				})
				k.Refund = func(ctx context.Context, r *run, cause error) error {
					if core.ReasonOf(cause) != "unwanted" {
						return errors.New("the cause is lost")
					}
					return body(did.effect("refund", nil))(ctx, r)
				}
				d := h.open(k)
				d.run("1")
				pass(24 * time.Hour)
				h.want("1", saga.NeedsDecision, saga.StepUncertain)
				if err := d.Retry(t.Context(), "1"); err != nil { // asked again, it is the same question
					t.Fatal(err)
				}
				synctest.Wait()
				if s := h.want("1", saga.NeedsDecision, saga.StepUncertain); s.Error.Message != "wanted: is it wanted" {
					t.Errorf("%+v", s.Error)
				}
				if err := d.Resolve(t.Context(), "1", c.yes); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				h.want("1", c.want)
				did.want(t, c.told...)
			})
		})
	}
}
