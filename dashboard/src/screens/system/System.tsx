import { Endpoints } from "./Endpoints";
import { OwnRequests } from "./OwnRequests";
import { Parts } from "./Parts";
import { Recent } from "./Recent";
import "./system.css";
import { Tiles } from "./Tiles";

/** Whether the service is well, how quick it is, and what it holds. */
export default function System() {
  return (
    <div className="system">
      <Tiles />
      <Endpoints />
      <Parts />
      <OwnRequests />
      <Recent />
    </div>
  );
}
