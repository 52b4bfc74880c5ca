const n=await import("/tmp/w/cron/src/machinery/managed-fields/field-set.ts"),o=await import("/work/main/src/machinery/managed-fields/field-set.ts");
let st=Number(process.argv[2]??1);const R=(k)=>{st=(Math.imul(st,1664525)+1013904223)>>>0;return Math.floor(st/2**32*k)};
const el=["f:a","f:b",'k:{"n":1}','k:{"n":"x"}','v:"q"',"i:0"];
const mk=()=>{const b=new o.FieldSetBuilder();for(let i=R(8);i>0;i--)b.add(Array.from({length:1+R(3)},()=>el[R(el.length)]));return b.build()};
for(let i=0;i<100000;i++){const a=mk(),b=R(4)?mk():o.unionSets(mk(),a);for(const f of ["unionSets","differenceOfSets","excludeFromSet"])for(const [x,y] of [[a,b],[b,a]])if(JSON.stringify(n[f](x,y))!==JSON.stringify(o[f](x,y))){console.log("DIFF",f,JSON.stringify(x),JSON.stringify(y),JSON.stringify(n[f](x,y)),JSON.stringify(o[f](x,y)));process.exit(1)}}
console.log("sets ok");
