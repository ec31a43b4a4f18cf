import { EmptyState } from "../../ui/States";

export default function Trades() {
  return <EmptyState title="This screen is being built." />;
}
