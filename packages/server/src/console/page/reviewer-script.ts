// Generated from pages/browser/reviewer.js by "npm run embed".

/** The script of the console's forms that a passkey fills in. */
export const reviewerScript: string = [
  '"use strict";(()=>{function m(e){return btoa(String.fromCharCode(...e)).replaceAll("+","-").replaceAll("/","_").replaceAll("=","")}function u(){return typeof PublicKeyCredential=="function"&&navigator.credentials!==void 0}async function y(e,t){',
  "let r=await navigator.credentials.create({signal:t,publicKey:{...e,challenge:l(e.challenge),user:{...e.user,id:l(",
  "e.user.id)},excludeCredentials:g(e.excludeCredentials)}}),{response:n,...s}=k(r),{clientDataJSON:a,attestationObject:i,",
  "getTransports:c}=n;return{...s,response:{clientDataJSON:o(a),attestationObject:o(i),transports:c?.call(n)??[]}}}",
  "async function d(e,t){let r=await navigator.credentials.get({signal:t,publicKey:{...e,challenge:l(e.challenge),",
  "allowCredentials:g(e.allowCredentials)}}),{response:n,...s}=k(r),{clientDataJSON:a,authenticatorData:i,signature:c,",
  "userHandle:f}=n;return{...s,response:{clientDataJSON:o(a),authenticatorData:o(i),signature:o(c),...f===null?{}:",
  '{userHandle:o(f)}}}}function p(e){switch(e instanceof DOMException?e.name:""){case"InvalidStateError":return"p\\',
  'asskey_exists";case"SecurityError":case"NotSupportedError":return"passkey_unsupported";default:return"passkey_\\',
  'unused"}}function k(e){let{id:t,rawId:r,type:n,response:s,authenticatorAttachment:a}=e;return{id:t,rawId:o(r),',
  "type:n,response:s,authenticatorAttachment:a??void 0,clientExtensionResults:e.getClientExtensionResults()}}function g(e=[]){",
  'return e.map(t=>({...t,id:l(t.id)}))}function l(e){let t=atob(e.replaceAll("-","+").replaceAll("_","/"));return Uint8Array.',
  'from(t,r=>r.charCodeAt(0))}function o(e){return m(new Uint8Array(e))}var w=6e5,h=document.querySelector("form[data-invitation]");h!==null&&(b(h,"token").value=location.hash.slice(',
  '1));var A=document.querySelectorAll("form[data-passkey]");for(let e of A)e.addEventListener("submit",t=>{t.preventDefault(),',
  'x(e)});async function x(e){let{passkey:t,options:r=""}=e.dataset,n=e.querySelector("[data-problem]"),s=e.querySelector(',
  '"button");if(!(n===null||s===null)){if(!u()){n.textContent="This browser has no passkeys here.";return}n.textContent=',
  '"",s.disabled=!0;try{let i=await(t==="create"?y:d)(JSON.parse(r),AbortSignal.timeout(w));b(e,"answer").value=JSON.',
  'stringify(i),e.submit()}catch(a){n.textContent=p(a)==="passkey_exists"?"This device has a passkey of yours alr\\',
  'eady: sign in with it.":"The passkey was not used. Try again.",s.disabled=!1}}}function b(e,t){return e.elements.',
  "namedItem(t)}})();",
].join("\n");
