import { Transfer } from "./transfer.jsx";

export default function Page() {
  return <Transfer />;
}
