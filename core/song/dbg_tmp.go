package song
import ("fmt";"os")
func dbg(y *syncing, s story){ if os.Getenv("DBG")!="" {
 f:=func(p Snapshot) string { r:="-"; if p.Current!=nil {r=p.Current.ID+fmt.Sprint("@",p.Progress)}; r+=" |"; for _,i:=range p.Upcoming[:min(8,len(p.Upcoming))] {r+=" "+i.ID}; return r }
 fmt.Println("WAS",f(y.change.was),"own",y.change.own[:min(8,len(y.change.own))],"uns",len(y.change.unseen),"q",y.change.queued,"pl",y.change.was.Playing)
 fmt.Println("NOW",f(y.now),"e",y.change.elapsed(),"pl",y.now.Playing)
 fmt.Println("   =>",s.current,s.popped,s.arrived,"cost",s.cost,"misfit",s.misfit,"d",s.doubtful,"skipped",s.skipped,"hand",s.byHand, s.from[:min(8,len(s.from))])
}}
