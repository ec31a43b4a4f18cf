import { EmptyState } from "../../ui/States";

export default function Performance() {
  return <EmptyState title="This screen is being built." />;
}
